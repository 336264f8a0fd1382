"""Rasa without TensorFlow: `import rasa` in seconds less, in a third of the memory.

Rasa 3.6 imports TensorFlow, Keras, jax and matplotlib whatever the pipeline uses: 10 s and 350 MB. Our pipeline uses
none of them, so they are replaced by empty stand-ins that are good for being imported, subclassed and called as
decorators. Not supported by Rasa's makers, hence behind CONDUCTOR_LEAN (1 or 0), and a test compares the answers with
and without. Must be called before anything imports Rasa; imports nothing of others.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from bot.errors import ConductorError

SWITCH = "CONDUCTOR_LEAN"
STUBBED = frozenset(
    {"tensorflow", "keras", "tensorflow_hub", "tensorflow_text", "tensorflow_addons", "jax", "jaxlib", "matplotlib"}
)
VERSION = "2.12.0"
"""What the stand-ins call themselves: the TensorFlow that Rasa 3.6 pins."""


def is_dunder(name: str) -> bool:
    """Python's own names must stay missing, or protocols would seem to be supported."""
    return name.startswith("__") and name.endswith("__")


class StandInType(type):
    """Type of all stand-ins: has any attribute, and allows what annotations and class bodies do with a type."""

    def __getattr__(cls, name: str) -> Any:
        if is_dunder(name):
            raise AttributeError(name)
        return stand_in(name)

    def __or__(cls, other: Any) -> Any:
        return cls

    def __ror__(cls, other: Any) -> Any:
        return cls

    def __getitem__(cls, key: Any) -> Any:
        return cls

    def __iter__(cls) -> Iterator[Any]:
        return iter(())


class StandIn(metaclass=StandInType):
    """Instance of anything: called with a function it gives the function back, as a decorator would."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes whatever the real thing takes."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if args and callable(args[0]) else self

    def __getattr__(self, name: str) -> Any:
        if is_dunder(name):
            raise AttributeError(name)
        return stand_in(name)


def stand_in(name: str) -> StandInType:
    """A stand-in class called `name`."""
    return StandInType(name if name.isidentifier() else "StandIn", (StandIn,), {"__module__": "lean"})


class NothingThere:
    """Asked for devices or settings, says there are none."""

    def __getattr__(self, name: str) -> NothingThere:
        return NothingThere()

    def __call__(self, *args: Any, **kwargs: Any) -> list[Any]:
        return []


class StubModule(ModuleType):
    """A module that has everything, and nothing in it."""

    __path__: list[str] = []  # noqa: RUF012  (a package, so that its submodules can be imported)
    __version__ = VERSION

    def __getattr__(self, name: str) -> Any:
        if is_dunder(name):
            raise AttributeError(name)
        value = NothingThere() if name == "config" else stand_in(name)
        setattr(self, name, value)
        return value


class StubFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the stubbed packages before Python's own finders do."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for the stubbed packages and all below them."""
        if fullname.partition(".")[0] not in STUBBED:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """An empty module."""
        return StubModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


def is_lean(environment: os._Environ[str] | dict[str, str] = os.environ, default: bool = True) -> bool:
    """Does CONDUCTOR_LEAN ask for it? Raises ConductorError for anything but 0 and 1; `default` when it is not set."""
    wish = environment.get(SWITCH, "").strip()
    if wish not in ("", "0", "1"):
        raise ConductorError(f"{SWITCH} is '{wish}'.", mend="Set it to 1 (no TensorFlow) or 0 (stock Rasa).")
    return default if not wish else wish == "1"


def install() -> None:
    """Put the stand-ins in place. A second call changes nothing.

    Raises RuntimeError when TensorFlow or Rasa was imported already: then it is too late."""
    if any(isinstance(finder, StubFinder) for finder in sys.meta_path):
        return
    early = sorted(name for name in ("tensorflow", "rasa.core.agent") if name in sys.modules)
    if early:
        raise RuntimeError(f"lean_import.install() comes after the import of {', '.join(early)}: call it first.")
    sys.meta_path.insert(0, StubFinder())
