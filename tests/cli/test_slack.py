"""`conductor slack manifest`: what is pasted at Slack asks for what the code uses, and for nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from bot.cli.slack import command
from channels.slack import parse
from channels.slack.manifest import EVENTS, SCOPES

ADDRESS = "https://surveys.example/webhooks/slack/webhook"


def run(*arguments: str, public: str = "https://surveys.example/") -> Result:
    return CliRunner(env={"CONDUCTOR_PUBLIC_URL": public}).invoke(command, ["manifest", *arguments])


def made(*arguments: str, public: str = "https://surveys.example/") -> Any:
    return yaml.safe_load(run(*arguments, public=public).output)


def test_everything_comes_to_the_one_address() -> None:
    manifest = made()
    settings, (slash,) = manifest["settings"], manifest["features"]["slash_commands"]
    assert settings["event_subscriptions"]["request_url"] == ADDRESS
    assert settings["interactivity"] == {"is_enabled": True, "request_url": ADDRESS}
    assert (slash["command"], slash["url"]) == ("/survey", ADDRESS)
    assert not settings["socket_mode_enabled"]
    assert manifest["features"]["app_home"]["home_tab_enabled"]


def test_socket_mode_needs_no_address() -> None:
    manifest = made("--socket-mode", "--command", "/feedback", "--name", "Hazelmoor", public="")
    assert manifest["settings"]["socket_mode_enabled"]
    assert "http" not in yaml.safe_dump(manifest)
    assert manifest["features"]["slash_commands"][0]["command"] == "/feedback"
    assert manifest["display_information"]["name"] == "Hazelmoor"


@pytest.mark.parametrize(
    ("arguments", "public", "said"),
    [
        ((), "", "CONDUCTOR_PUBLIC_URL"),
        ((), "http://surveys.example", "https"),
        (("--command", "survey"), "https://s.example", "slash command"),
        (("--command", "/Two words"), "https://s.example", "slash command"),
        (("--name", "x" * 36), "https://s.example", "35"),
    ],
)
def test_what_slack_would_refuse_is_said_here(arguments: tuple[str, ...], public: str, said: str) -> None:
    failed = run(*arguments, public=public)
    assert failed.exit_code != 0
    assert said in f"{failed.exception} {getattr(failed.exception, 'mend', '')}"


def test_the_events_asked_for_are_those_that_are_understood() -> None:
    source = Path(parse.__file__).read_text(encoding="utf-8")
    assert {event.partition(".")[0] for event in EVENTS} == set(
        re.findall(r'name == "(message|app_mention|reaction_added|app_home_opened)"', source)
    )


@pytest.mark.parametrize(
    ("method", "scope"),
    [
        ("chat_postMessage", "chat:write"),
        ("conversations_open", "im:write"),
        ("users_info", "users:read"),
    ],
)
def test_each_method_has_its_scope(method: str, scope: str) -> None:
    client = Path(parse.__file__).with_name("client.py").read_text(encoding="utf-8")
    assert method in client
    assert scope in SCOPES
