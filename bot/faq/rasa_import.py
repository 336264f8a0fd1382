"""Rasa's NLU and responses files → entries. What an entry has no place for is named, not passed over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ConductorError
from bot.faq.entry import Entry, Link
from bot.faq.problem import Problem, refused
from bot.faq.rasa_format import LANGUAGE_SLOT
from channels.contract import CHANNELS

LINE = "__line__"
_EXAMPLE = re.compile(r"^\s*-\s?(.*)$")
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_WEB = ("https://", "http://", "tel:")


@dataclass
class Found:
    """What the files hold: retrieval intents with their phrasings, responses with their variations, each with the place
    it was met first; what is wrong, and what was left out."""

    phrasings: dict[str, dict[str, None]] = field(default_factory=dict)
    responses: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plain: set[str] = field(default_factory=set)

    def wrong(self, file: str, line: int, what: str, mend: str = "") -> None:
        self.problems.append(Problem(file, what, mend, line=line))


def entries_from(files: Iterable[Path], language: str, notes: list[str] | None = None) -> list[Entry]:
    """The entries that Rasa files hold: retrieval intents `<any>/<key>` with their examples, and their responses in
    `language`. `notes` gets what was left out. Raises ConductorError with every mistake, its file and line."""
    found = Found()
    for file in files:
        _read(file, found)
    entries = list(_entries(found, language))
    if found.problems:
        raise refused(found.problems)
    if not entries:
        raise ConductorError("There is no retrieval intent (such as faq/opening_hours) in these files.")
    if found.plain:
        found.notes.append(f"left out, as they are no retrieval intents: {', '.join(sorted(found.plain))}")
    if notes is not None:
        notes += found.notes
    return entries


def _entries(found: Found, language: str) -> Iterator[Entry]:
    taken: dict[str, str] = {}
    for intent, said in sorted(found.phrasings.items()):
        file, line = found.places[intent]
        key = _key(intent)
        other = taken.setdefault(key, intent)
        if other != intent:
            found.wrong(file, line, f"{intent} and {other} would both be the entry {key}", "Rename one of them.")
        elif not said:
            found.wrong(file, line, f"{intent} has no examples", "Write each on a line of its own, after a dash.")
        elif intent not in found.responses:
            found.wrong(file, line, f"there is no response utter_{intent}", "Name the file with the responses, too.")
        elif (answer := _answer(intent, found, language)) is not None:
            text, variants, links, attachments = answer
            yield Entry(key, language, _title(next(iter(said))), text, tuple(said), variants, links, attachments)


class _Loader(yaml.SafeLoader):
    """Notes the line of each mapping, and refuses a key that stands twice: YAML itself would keep the last in
    silence."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    found: dict[Any, Any] = {LINE: node.start_mark.line + 1}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, str) and key in found:
            raise yaml.MarkedYAMLError(problem=f'"{key}" stands here twice', problem_mark=key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _read(file: Path, found: Found) -> None:
    name = str(file)
    try:
        data = yaml.load(file.read_text(encoding="utf-8-sig"), _Loader)  # noqa: S506  (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found.wrong(name, mark.line + 1 if mark else 0, f"it can't be read: {error.problem or error}")
        return
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        found.wrong(name, 0, f"it can't be read: {' '.join(str(error).split())}", "Rasa's files are YAML in UTF-8.")
        return
    if not isinstance(data, dict) or not {"nlu", "responses"} & data.keys():
        found.wrong(name, 0, "it is no Rasa file", "It holds `nlu:` or `responses:`.")
        return
    _nlu(name, data.get("nlu") or [], found)
    _responses(name, data.get("responses") or {}, found)


def _nlu(name: str, blocks: Any, found: Found) -> None:
    """Synonyms, regular expressions and lookup tables belong to entities, which an FAQ has not."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        found.wrong(name, 0, "`nlu:` is a list of blocks", "Each begins with `- intent: …`.")
        return
    for block in blocks:
        intent = str(block.get("intent") or "")
        if "intent" not in block:
            continue
        if "/" not in intent:
            found.plain.add(intent)
            continue
        found.places.setdefault(intent, (name, block[LINE]))
        examples = _examples(block.get("examples"))
        if examples is None:
            found.wrong(name, block[LINE], f"the examples of {intent} can't be read", "Write `examples: |` and dashes.")
        found.phrasings.setdefault(intent, {}).update(dict.fromkeys(examples or ()))


def _examples(block: Any) -> list[str] | None:
    """`examples: |` with dashes, or a list of texts or of {text: …}; None for anything else."""
    if block is None:
        return []
    if isinstance(block, str):
        texts: Sequence[Any] = [match[1] for match in map(_EXAMPLE.match, block.splitlines()) if match]
    elif isinstance(block, list):
        texts = [item.get("text") if isinstance(item, dict) else item for item in block]
    else:
        return None
    if not all(isinstance(text, str) for text in texts):
        return None
    plain = (" ".join(_ENTITY.sub(r"\1", text.strip().removeprefix("- ")).split()) for text in texts)
    return [text for text in plain if text]


def _responses(name: str, blocks: Any, found: Found) -> None:
    if not isinstance(blocks, dict):
        found.wrong(name, 0, "`responses:` holds names", "Such as `utter_faq/opening_hours:`.")
        return
    for response, variations in blocks.items():
        if response == LINE or "/" not in str(response):
            continue
        if not isinstance(variations, list) or not all(isinstance(variation, dict) for variation in variations):
            found.wrong(name, blocks[LINE], f"{response} is a list of variations", "Each begins with `- text: …`.")
            continue
        intent = str(response).removeprefix("utter_")
        if variations:
            found.responses.setdefault(intent, []).extend({**variation, "file": name} for variation in variations)


_Answer = tuple[str, dict[str, str], tuple[Link, ...], tuple[Link, ...]]


def _answer(intent: str, found: Found, language: str) -> _Answer | None:
    """The answer, its channel variants, links and attachments; None (and a problem) where there is no text."""
    variations = _in_language(found.responses[intent], language)
    first = found.responses[intent][0]
    plain = [v for v in variations if not v.get("channel") and not _conditions(v)]
    plain = plain or [v for v in variations if not v.get("channel")]
    if not variations or not plain:
        what = (
            f"utter_{intent} has no answer in {language}" if not variations else f"utter_{intent} is for channels only"
        )
        found.wrong(first["file"], first[LINE], what, "Add a variation without a condition or channel.")
        return None
    chosen = plain[0]
    text = chosen.get("text")
    if not isinstance(text, str) or not text.strip():
        found.wrong(
            chosen["file"], chosen[LINE], f"utter_{intent} has no text", "Pictures and JSON alone are no answer."
        )
        return None
    variants = {
        v["channel"]: str(v["text"]).strip() for v in variations if v.get("channel") in CHANNELS and v.get("text")
    }
    lost = [v for v in variations if v is not chosen and v.get("channel") not in variants]
    if lost:
        found.notes.append(f"{intent}: {len(lost)} more variations (for other channels or conditions, or by chance)")
    links = tuple(_links(chosen, intent, found))
    image = chosen.get("image")
    attachments = (Link("Image", image),) if isinstance(image, str) and image.startswith(_WEB) else ()
    return text.strip(), variants, links, attachments


def _links(variation: Mapping[str, Any], intent: str, found: Found) -> Iterator[Link]:
    """Buttons that open a page; others are named."""
    for button in variation.get("buttons") or ():
        url = button.get("url") or button.get("payload") if isinstance(button, dict) else None
        if isinstance(url, str) and url.startswith(_WEB):
            yield Link(str(button.get("title") or url), url)
        else:
            title = button.get("title") if isinstance(button, dict) else button
            found.notes.append(f'{intent}: the button "{title}"; name what it leads to under follow_up')


def _in_language(variations: Sequence[Mapping[str, Any]], language: str) -> list[Mapping[str, Any]]:
    """Those for `language`, else those for any."""
    own = [v for v in variations if _spoken(v) == language]
    return own or [v for v in variations if not _spoken(v)]


def _spoken(variation: Mapping[str, Any]) -> str:
    found = (c for c in variation.get("condition") or () if isinstance(c, dict) and c.get("name") == LANGUAGE_SLOT)
    return str(next(found, {}).get("value") or "")


def _conditions(variation: Mapping[str, Any]) -> list[Any]:
    """All but the language's."""
    return [c for c in variation.get("condition") or () if not isinstance(c, dict) or c.get("name") != LANGUAGE_SLOT]


def _key(intent: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", intent.partition("/")[2].lower()).strip("_")[:50]
    return name if name[:1].isalpha() else f"entry_{name}"


def _title(first: str) -> str:
    """The first phrasing; an entry's keeper writes a better one."""
    return first[:1].upper() + first[1:]
