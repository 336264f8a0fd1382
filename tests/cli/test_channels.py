"""`conductor channels` says what is connected, what is missing, and where the provider must call."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bot.cli.channels import command
from tests.test_connected import WHOLE


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_connected_channel_shows_its_webhook(name: str) -> None:
    environment = {**WHOLE[name], "CONDUCTOR_PUBLIC_URL": "https://surveys.example/"}
    shown = CliRunner(env=environment).invoke(command)
    assert f"https://surveys.example/webhooks/{name}/webhook" in shown.output
    assert shown.output.count("connected:") == 1


def test_half_a_set_up_says_what_is_missing_and_shows_the_others() -> None:
    shown = CliRunner(env={"TELEGRAM_BOT_TOKEN": WHOLE["telegram"]["TELEGRAM_BOT_TOKEN"]}).invoke(command)
    assert shown.exit_code == 0
    assert "TELEGRAM_WEBHOOK_SECRET" in shown.output
    assert "channels/slack/README.md" in shown.output
