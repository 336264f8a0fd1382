"""The `conductor` command: one file of this package per subcommand, loaded only when it is called.

Rasa and TensorFlow take seconds to import, SQLAlchemy a fraction of one. `conductor --help` and `conductor answer` need
none of them, so this file imports nothing but click.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import IO, Any, NamedTuple

import click

from bot.errors import ConductorError

OUR_PACKAGES = frozenset({"bot", "channels", "survey_flows", "actions"})


class LazyCommand(NamedTuple):
    """Where a subcommand lives ("module:attribute") and its line in `conductor --help`."""

    target: str
    summary: str


COMMANDS = {
    "survey": LazyCommand("bot.cli.survey:command", "Check, draw, play, simulate, write and publish surveys."),
    "answer": LazyCommand("bot.cli.answer:command", "Read answers from standard input, one a line, as JSON lines."),
    "serve": LazyCommand("bot.cli.serve:command", "Run the bot, its channels and the playground."),
    "worker": LazyCommand("bot.cli.worker:command", "Send and look after things beside the servers (REDIS_URL)."),
    "faq": LazyCommand("bot.cli.faq:command", "Check the FAQ's entries, bring some in, export them for Rasa."),
    "nlu": LazyCommand("bot.cli.nlu:command", "Measure how well customers are understood; add a sentence encoder."),
    "train": LazyCommand("bot.cli.train:command", "Train the Rasa model, unless nothing it depends on has changed."),
    "model": LazyCommand("bot.cli.model:command", "Show the trained models, choose one, go back to the one before."),
    "invite": LazyCommand("bot.cli.invite:command", "Ask one contact, or a file of contacts, to take a survey."),
    "link": LazyCommand("bot.cli.link:command", "Make a code by which a contact is known on another channel, too."),
    "responses": LazyCommand("bot.cli.responses:command", "Export the stored responses."),
    "report": LazyCommand("bot.cli.report:command", "Show NPS, CES and CSAT with their intervals."),
    "campaigns": LazyCommand("bot.cli.campaigns:command", "Show how far the files of contacts are that were invited."),
    "cases": LazyCommand("bot.cli.cases:command", "Show open cases, and how unhappy customers were looked after."),
    "themes": LazyCommand("bot.cli.themes:command", "Find themes and sentiment in customers' own words; correct them."),
    "channels": LazyCommand("bot.cli.channels:command", "Show which channels are connected, and their webhooks."),
    "whatsapp": LazyCommand("bot.cli.whatsapp:command", "Push WhatsApp's templates, and follow their approval."),
    "slack": LazyCommand("bot.cli.slack:command", "Print the Slack app's manifest: its whole set-up in one paste."),
    "agents": LazyCommand("bot.cli.agents:command", "Add, list, change and remove those who work in the console."),
    "doctor": LazyCommand("bot.cli.doctor:command", "Check the settings and say what is missing."),
    "db": LazyCommand("bot.cli.db:command", "Create and migrate the database."),
}


class ReportedError(click.ClickException):
    """A `ConductorError` on its way to the terminal: the sentence, how to mend it, exit code 2."""

    exit_code = 2

    def __init__(self, error: ConductorError) -> None:
        super().__init__(error.message)
        self.mend = error.mend

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence, and under it how to mend it; on standard error unless `file` is given."""
        click.echo(f"Error: {self.message}", file=file, err=file is None)
        if self.mend:
            click.echo(self.mend, file=file, err=file is None)


class LazyGroup(click.Group):
    """A click group that knows its subcommands by name and imports one only when it is called."""

    def __init__(self, *args: Any, lazy_commands: dict[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy_commands = lazy_commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table: the way through a project, not the alphabet."""
        return list(self.lazy_commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command `cmd_name`; None when there is none of that name."""
        lazy = self.lazy_commands.get(cmd_name)
        return None if lazy is None else load_command(cmd_name, lazy.target)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table. click's own version would import every one of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in self.lazy_commands.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or end with a usage error that proposes the nearest name."""
        name = args[0]
        if name not in self.lazy_commands and not name.startswith("-"):
            near = get_close_matches(name, self.lazy_commands, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(self.lazy_commands)}."
            ctx.fail(f"No such command '{name}'. {hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error meant for people becomes a sentence, everything else keeps its traceback."""
        try:
            return super().invoke(ctx)
        except ConductorError as error:
            raise ReportedError(error) from error


def load_command(name: str, target: str) -> click.Command:
    """Import "module:attribute".

    Raises `ConductorError` when a package it needs is not installed. Anything else that goes wrong during the import,
    a missing file of our own included, is a bug and passes through with its traceback.
    """
    module_name, _, attribute = target.partition(":")
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if not package or package in OUR_PACKAGES:
            raise
        raise ConductorError(
            f"'conductor {name}' needs the Python package '{package}', which is not installed here.",
            mend="Run 'make env' and call '.venv/bin/conductor' (or activate .venv first).",
        ) from error
    command = getattr(module, attribute)
    if not isinstance(command, click.Command):
        raise TypeError(f"{target} must be a click command, but is {type(command).__name__}")
    return command


@click.group(
    cls=LazyGroup,
    lazy_commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="survey-conductor", prog_name="conductor")
def main() -> None:
    """Conduct NPS, CES and CSAT surveys, answer questions on the way, hand unhappy customers to a person.

    Every command explains itself: conductor COMMAND --help.
    """
