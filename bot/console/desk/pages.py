"""Templates → pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console.desk.files import address_of

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["asset"] = address_of


def render(template: str, **context: Any) -> str:
    """A template of `templates/` with its context; everything in it is escaped, what is missing is an error."""
    return _environment.get_template(template).render(**context)
