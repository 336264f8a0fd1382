"""`conductor`: it loads only what it runs, and speaks to people in sentences."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner, Result

from bot.cli import COMMANDS, LazyCommand, LazyGroup, load_command, main
from bot.errors import ConductorError

HEAVY = ("rasa", "tensorflow", "sqlalchemy", "sanic")
NOT_A_COMMAND = LazyCommand("", "")


@click.command()
@click.argument("problem")
def failing(problem: str) -> None:
    """A subcommand that goes wrong in the way `problem` names."""
    if problem == "known":
        raise ConductorError("There is no survey 'nsp'.", mend="Did you mean 'nps'?")
    if problem == "bug":
        raise KeyError("a bug")
    click.echo("went well")


def run(*args: str, commands: dict[str, LazyCommand] | None = None) -> Result:
    """Call a group whose one command is `failing`, or which has the `commands` given."""
    table = commands or {"failing": LazyCommand(f"{__name__}:failing", "Goes wrong.")}
    return CliRunner().invoke(LazyGroup("conductor", lazy_commands=table), args)


def modules_loaded_by(*args: str) -> set[str]:
    """The modules that a new Python holds after `conductor ARGS`."""
    program = (
        "import sys\n"
        "from bot.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "finally:\n"
        "    print('\\n'.join(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *args], input="9\n", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_help_names_every_command_with_its_summary() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for name, lazy in COMMANDS.items():
        assert f"  {name} " in result.output
        assert lazy.summary in result.output


@pytest.mark.parametrize("args", [("--help",), ("answer", "--type", "nps", "--lang", "en")], ids=lambda args: args[0])
def test_light_commands_load_no_heavy_package(args: tuple[str, ...]) -> None:
    assert modules_loaded_by(*args).isdisjoint(HEAVY)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists(name: str) -> None:
    command = load_command(name, COMMANDS[name].target)
    assert command.help, f"{COMMANDS[name].target} has no docstring, so 'conductor {name} --help' explains nothing"


def test_an_unknown_command_is_answered_with_the_nearest_name() -> None:
    result = CliRunner().invoke(main, ["reprot"])
    assert result.exit_code == 2
    assert "Did you mean 'report'?" in result.stderr


def test_a_known_error_is_a_sentence_on_stderr_with_exit_code_2() -> None:
    result = run("failing", "known")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "Error: There is no survey 'nsp'.\nDid you mean 'nps'?\n"


def test_a_usage_error_has_exit_code_2() -> None:
    result = run("failing")
    assert result.exit_code == 2
    assert "Missing argument 'PROBLEM'" in result.stderr


def test_a_bug_keeps_its_traceback() -> None:
    assert isinstance(run("failing", "bug").exception, KeyError)


def test_success_has_exit_code_0() -> None:
    result = run("failing", "none")
    assert (result.exit_code, result.stdout) == (0, "went well\n")


def test_a_package_that_is_not_installed_is_named_with_the_way_to_get_it(tmp_path, monkeypatch) -> None:
    (tmp_path / "needs_a_package.py").write_text("import package_nobody_has\n")
    monkeypatch.syspath_prepend(tmp_path)
    result = run("x", commands={"x": LazyCommand("needs_a_package:command", "")})
    assert result.exit_code == 2
    assert "'package_nobody_has'" in result.stderr
    assert "make env" in result.stderr


def test_a_missing_module_of_our_own_is_a_bug() -> None:
    result = run("x", commands={"x": LazyCommand("bot.cli.no_such_file:command", "")})
    assert isinstance(result.exception, ModuleNotFoundError)


def test_something_that_is_no_command_is_a_bug() -> None:
    with pytest.raises(TypeError, match="must be a click command, but is LazyCommand"):
        load_command("x", f"{__name__}:NOT_A_COMMAND")


def test_an_error_as_text_says_what_and_how_to_mend_it() -> None:
    assert str(ConductorError("The file is empty.", mend="Write a survey into it.")) == (
        "The file is empty. Write a survey into it."
    )
    assert str(ConductorError("The file is empty.")) == "The file is empty."


def test_serve_names_a_log_level_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "loud")
    shown = CliRunner().invoke(main, ["serve", "--port", "0"])
    assert shown.exit_code == 2
    assert "LOG_LEVEL" in shown.output
