"""`conductor survey`: check, draw, play, simulate and begin surveys. Nothing here needs Rasa, a database or the
network.

`publish` and `list` need the database; they live in `bot/cli/survey_publish.py`, which imports it only when they are
called.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.survey_publish import list_, publish
from bot.cli.survey_summary import summary
from bot.errors import ConductorError

if TYPE_CHECKING:
    from survey_flows.check import Finding
    from survey_flows.model import Survey
    from survey_flows.simulate import Result

CHANNELS = ("sms", "whatsapp", "telegram", "slack", "voice", "web")
_COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}
_SURVEY = click.argument("survey", metavar="FILE|KEY")


@click.group("survey", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Check, draw, play, simulate, write and publish surveys."""


command.add_command(publish)
command.add_command(list_)


def find(name: str) -> Path:
    """The file that FILE|KEY means: a path, or the key of a survey in `survey_flows/definitions`. Errors:
    ConductorError."""
    from survey_flows.check import DEFINITIONS
    from survey_flows.problems import suggest

    path = Path(name)
    if path.is_file():
        return path
    by_key = DEFINITIONS / f"{name}.yml"
    if path.name == name and by_key.is_file():
        return by_key
    known = sorted(file.stem for file in DEFINITIONS.glob("*.yml"))
    raise ConductorError(
        f"There is no survey and no file called '{name}'.", mend=suggest(name, known, f"There are: {', '.join(known)}.")
    )


def load(name: str) -> Survey:
    """The survey that FILE|KEY means. Errors: ConductorError, naming every mistake in the file."""
    from survey_flows.loader import load_file
    from survey_flows.problems import SurveyError

    try:
        return load_file(find(name))
    except SurveyError as error:
        raise ConductorError(
            f"The survey '{name}' has mistakes:\n{error}",
            mend=f"'conductor survey check {name}' shows them at any time.",
        ) from error


def _language(survey: Survey, wanted: str | None) -> str:
    if wanted is None or wanted in survey.languages:
        return wanted or survey.language
    raise ConductorError(
        f"The survey '{survey.key}' is not written in '{wanted}'.",
        mend=f"Its languages are: {', '.join(survey.languages)}.",
    )


@command.command()
@click.argument("surveys", metavar="[FILE|KEY]...", nargs=-1)
@click.option("--strict", is_flag=True, help="Warnings fail as well.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--quiet", "-q", is_flag=True, help="Leave out what is only worth knowing.")
@click.option("--sms", is_flag=True, help="Show instead what each message costs by SMS: segments, encoding.")
def check(surveys: tuple[str, ...], strict: bool, form: str, quiet: bool, sms: bool) -> None:
    """Find mistakes: in the file, and on every path through the survey.

    Without arguments all surveys in survey_flows/definitions are checked. The exit code is 0 when all is well, 1 when
    there are errors (with --strict also for warnings), 2 when there is no such survey.
    """
    from survey_flows.check import DEFINITIONS, check_file, failed

    paths = [find(name) for name in surveys] or sorted(DEFINITIONS.glob("*.yml"))
    if sms:
        _print_costs(paths, form == "json")
        return
    found = [(path, check_file(path)) for path in paths]
    if form == "json":
        click.echo(json.dumps([f.as_dict() for _, findings in found for f in findings], ensure_ascii=False, indent=2))
    else:
        for path, findings in found:
            _print_findings(path, findings, quiet)
        click.echo(summary(found))
    sys.exit(1 if any(failed(findings, strict) for _, findings in found) else 0)


def _print_costs(paths: Iterable[Path], as_json: bool) -> None:
    """What each message costs by SMS, in each language: a line a message."""
    from survey_flows.checks.finding import Subject
    from survey_flows.checks.sms import costs

    found = {str(path): list(costs(Subject(load(str(path)), str(path)))) for path in paths}
    if as_json:
        click.echo(json.dumps({path: [asdict(c) for c in each] for path, each in found.items()}, indent=2))
        return
    for path, each in found.items():
        click.secho(f"{path}:", bold=True)
        for cost in each:
            segments = f"{cost.segments} segment{'s' if cost.segments > 1 else ''}"
            size = f"{segments:<10}  {cost.encoding:<5}  {cost.characters:>4} characters"
            click.echo(f"  {cost.language}  {size}  {cost.what} (line {cost.line})")


def _print_findings(path: Path, findings: Iterable[Finding], quiet: bool) -> None:
    findings = list(findings)
    counts = Counter(finding.level for finding in findings)
    verdict = "fine" if not counts["error"] and not counts["warning"] else ""
    numbers = (("error", counts["error"]), ("warning", counts["warning"]))
    told = ", ".join(f"{n} {level}{'s' if n > 1 else ''}" for level, n in numbers if n)
    click.secho(f"{path}: {verdict or told}", bold=True)
    for finding in findings:
        if quiet and finding.level == "info":
            continue
        place = f"line {finding.line}" if finding.line else "whole file"
        if finding.file != str(path):
            place = f"{finding.file}:{finding.line}"
        level = click.style(f"{finding.level:<7}", fg=_COLOURS[finding.level])
        click.echo(f"  {level}  {place:<10}  {finding.what}")
        if finding.mend:
            click.secho(f"{'':23}{finding.mend}", dim=True)


@command.command()
@_SURVEY
@click.option("--format", "form", type=click.Choice(["svg", "mermaid"]), default="svg", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, not to standard output.",
)
@click.option("--lang", help="Language of the texts (default: the survey's first).")
@click.option("--current", metavar="NODE", help="Light this node.")
def draw(survey: str, form: str, output: Path | None, lang: str | None, current: str | None) -> None:
    """Draw the flow of a survey."""
    from survey_flows import draw as drawing

    loaded = load(survey)
    language = _language(loaded, lang)
    try:
        text = drawing.svg(loaded, language, current) if form == "svg" else drawing.mermaid(loaded, language)
    except ValueError as error:
        raise ConductorError(str(error)) from error
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConductorError(f"'{output}' cannot be written: {error.strerror}.", mend="Choose another file.") from error
    click.echo(f"Drawn: {output}", err=True)


@command.command()
@_SURVEY
@click.option("--lang", help="Language to begin in (default: the survey's first).")
@click.option("--channel", type=click.Choice(CHANNELS), default="sms", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides random orders and splits.")
@click.option("--attribute", "attributes", metavar="NAME=VALUE", multiple=True, help="What is known of the contact.")
def play(survey: str, lang: str | None, channel: str, seed: int, attributes: tuple[str, ...]) -> None:
    """Take a survey in the terminal. Each line is a message; Ctrl-D leaves.

    What would happen besides (answers kept, a case opened) is shown dimmed. A file can be the customer:
    printf '3\\nlate\\n' | conductor survey play delivery_nps
    """
    from survey_flows.play import play as conduct
    from survey_flows.session import Context

    loaded = load(survey)
    known = dict(_pair(text) for text in attributes)
    context = Context(channel, _language(loaded, lang), seed, _now(), known)
    conduct(loaded, context, _lines(), _say, _now)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise ConductorError(f"'{text}' is no attribute.", mend="Write --attribute name=Ada.")
    return name, value


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _lines() -> Iterable[str]:
    """Lines of standard input; in a terminal after a prompt, from a pipe with the line shown."""
    stream = sys.stdin
    typed = stream.isatty()
    while True:
        if typed:
            click.secho("> ", fg="cyan", nl=False)
        try:
            line = stream.readline()
        except KeyboardInterrupt:
            line = ""
        if not line:
            if typed:
                click.echo()
            return
        if not typed:
            click.secho(f"> {line.rstrip()}", fg="cyan")
        yield line


def _say(style: str, text: str) -> None:
    if style == "effect":
        click.secho(f"  · {text}", dim=True)
    else:
        click.echo(f"  {text}" if style == "choice" else text)


@command.command()
@click.argument("number", metavar="N", type=click.IntRange(1, 10_000_000))
@_SURVEY
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same customers.")
@click.option("--lang", help="Language of all customers (default: random).")
@click.option("--channel", type=click.Choice(CHANNELS), help="Channel of all customers (default: random).")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def simulate(number: int, survey: str, seed: int, lang: str | None, channel: str | None, form: str) -> None:
    """Let N random customers take a survey: which paths they take, how long these are, where they end."""
    from survey_flows.simulate import run

    loaded = load(survey)
    language = _language(loaded, lang) if lang else None
    with click.progressbar(length=number, label="Simulating", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        result = run(loaded, number, seed, language=language, channel=channel, progress=lambda steps: bar.update(steps))
    click.echo(
        json.dumps(_as_json(result), ensure_ascii=False, indent=2) if form == "json" else _as_text(loaded, result)
    )


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "survey": result.survey,
        "customers": result.customers,
        "ends": dict(result.ends.most_common()),
        "questions": dict(sorted(result.lengths().items())),
        "turns": dict(sorted(result.turns.items())),
        "asked": dict(result.asked.most_common()),
        "paths": [{"path": list(path), "customers": times} for path, times in result.paths.most_common()],
    }


def _as_text(survey: Survey, result: Result) -> str:
    total = result.customers
    lines = [f"{total:,} random customers took {survey.key}.", "", "Where they end"]
    lines += [_bar(end, times, total) for end, times in result.ends.most_common()]
    lines += ["", "Questions on their path"]
    lines += [_bar(str(length), times, total) for length, times in sorted(result.lengths().items())]
    lines += ["", "Most frequent paths"]
    lines += [
        f"  {100 * times / total:5.1f} %  {' → '.join(path) or '(nothing answered)'}"
        for path, times in result.paths.most_common(10)
    ]
    rest = len(result.paths) - 10
    if rest > 0:
        lines.append(f"           and {rest:,} more (--format json shows all)")
    never = [node.id for node in survey.nodes if not result.asked[node.id] and node.question.type != "message"]
    if never:
        lines += ["", f"Nobody was asked: {', '.join(never)}"]
    return "\n".join(lines)


def _bar(name: str, times: int, total: int) -> str:
    share = times / total
    return f"  {name:<16} {100 * share:5.1f} %  {'█' * round(30 * share)}"


@command.command()
@click.argument("key")
@click.option("--template", default="nps", show_default=True, help="nps, ces, csat or blank.")
@click.option(
    "--lang", "languages", multiple=True, default=("en",), show_default=True, help="May be given several times."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write (default: survey_flows/definitions).",
)
def new(key: str, template: str, languages: tuple[str, ...], folder: Path | None) -> None:
    """Begin a survey called KEY from a template. An existing file is never overwritten."""
    from survey_flows.check import DEFINITIONS
    from survey_flows.new import NewSurveyError, write

    try:
        path = write(folder or DEFINITIONS, key, template, languages)
    except NewSurveyError as error:
        raise ConductorError(str(error)) from error
    click.echo(f"Written: {path}")
    click.echo(f"Next: edit it, then 'conductor survey check {path}' and 'conductor survey play {path}'.")
