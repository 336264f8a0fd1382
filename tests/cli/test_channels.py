"""`conductor channels` says what is connected, what is missing, where the provider must call, and what happened; and
`set-webhooks` tells the providers where the server is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.connected import PROVIDERS
from bot.conversation.out_of_order import OUT_OF_ORDER
from bot.storage.engine import Database
from bot.storage.tables import contacts, conversations, inbox, outbox
from channels.contract import SendError
from tests.backends import Backend
from tests.storage.seeding import Seed
from tests.test_connected import WHOLE

PUBLIC = {"CONDUCTOR_PUBLIC_URL": "https://surveys.example/"}
ALL = {name: value for variables in WHOLE.values() for name, value in variables.items()} | PUBLIC


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No developer's database and no .env."""
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["channels", *arguments], env=environment)


def connected(shown: Result) -> list[str]:
    return [line.split()[0] for line in shown.output.splitlines() if line.split()[1:] == ["connected"]]


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_connected_channel_shows_its_webhook(name: str) -> None:
    shown = run(**{**WHOLE[name], **PUBLIC})
    assert f"https://surveys.example/webhooks/{name}/webhook" in shown.output
    assert connected(shown) == [name]


def test_the_phone_shows_where_its_status_goes_too() -> None:
    assert "Call status changes: https://surveys.example/webhooks/twilio_voice/status" in run(**ALL).output


def test_half_a_set_up_says_what_is_missing_and_shows_the_others() -> None:
    shown = run(TELEGRAM_BOT_TOKEN=WHOLE["telegram"]["TELEGRAM_BOT_TOKEN"])
    assert shown.exit_code == 0
    assert "TELEGRAM_WEBHOOK_SECRET" in shown.output
    assert "channels/slack/README.md" in shown.output


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_channel_that_is_not_connected_says_what_to_set(name: str) -> None:
    shown = run(**PUBLIC).output
    mine = shown[shown.index(f"{name} ") :].splitlines()[:3]

    assert mine[0].split() == [name, "not", "connected"]
    needed = mine[1].removeprefix("  to set: ").split(", ")
    assert mine[2] == f"  how: channels/{name}/README.md"
    assert connected(run(**PUBLIC, **{variable: WHOLE[name][variable] for variable in needed})) == [name]
    assert "local providers" in shown
    assert "local providers" not in run(**ALL).output


def test_without_a_database_it_says_so_and_makes_none(tmp_path: Path) -> None:
    shown = run(**ALL)
    assert shown.exit_code == 0
    assert "No messages are shown: There is no database" in shown.output
    assert list(tmp_path.iterdir()) == []


def test_what_happened_stands_beside_each_channel(backend: Backend) -> None:
    asyncio.run(_talk(backend.database_url))

    shown = run(**ALL, **backend.environment).output

    assert "last message in: 2026-11-22 12:00 UTC" in shown
    assert f"OUT OF ORDER, its messages wait: {OUT_OF_ORDER}suspended" in shown
    assert shown.count("last message") == 2, "nothing is said of channels where nothing happened"


async def _talk(url: str) -> None:
    database, at = Database(url), "2026-11-22T12:00:00.000000+00:00"
    seed = Seed(database)
    contact = await seed.insert(contacts, created_at=at)
    here = {"provider": "telegram", "channel": "telegram", "address": "1", "language": "en", "created_at": at}
    number = await seed.insert(conversations, contact_id=contact, **here)
    await seed.insert(inbox, conversation_id=number, provider="telegram", message_id="1", received_at=at)
    letter = {"role": "notice", "payload": "{}", "next_attempt_at": at, "created_at": at}
    await seed.insert(outbox, conversation_id=number, error=f"{OUT_OF_ORDER}suspended", **letter)
    await database.close()


# set-webhooks


def test_a_dry_run_says_what_would_be_set_and_asks_nobody() -> None:
    done = run("set-webhooks", "--dry-run", **ALL)
    assert done.exit_code == 0
    for provider in PROVIDERS:
        assert f"https://surveys.example/webhooks/{provider.name}/webhook" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        ([], {}, "CONDUCTOR_PUBLIC_URL is not set"),
        ([], {"CONDUCTOR_PUBLIC_URL": "http://127.0.0.1:5005"}, "no https://"),
        ([], PUBLIC, "No channel is connected"),
        (["fax"], PUBLIC, "There is no channel fax"),
        (["slack"], PUBLIC, "slack is not connected"),
        ([], {**PUBLIC, "SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET"),
    ],
)
def test_what_can_not_be_done_is_a_sentence(arguments: list[str], environment: dict[str, str], says: str) -> None:
    done = run("set-webhooks", *arguments, **environment)
    assert done.exit_code == 2
    assert says in done.stderr


def test_one_provider_that_refuses_does_not_keep_the_others_from_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuses(settings: object, public_url: str) -> list[str]:
        raise SendError("Telegram refuses the token.", "channel_dead")

    monkeypatch.setattr("channels.telegram.set_up.set_up", refuses)
    done = run("set-webhooks", "telegram", "slack", **ALL)

    assert done.exit_code == 1
    assert "telegram         failed: Telegram refuses the token." in done.stderr
    assert "manifest" in done.stdout


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_channel_says_what_is_to_be_set(provider: object) -> None:
    from bot.cli.channels import set_up_of

    set_up = set_up_of(provider)  # type: ignore[arg-type]
    assert all(path.startswith(f"/webhooks/{provider.name}/") for path in set_up.ADDRESSES.values())  # type: ignore[attr-defined]
