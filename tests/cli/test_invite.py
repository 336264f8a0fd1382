"""`conductor invite`, as an operator meets it: sentences, exit codes, and nothing half-done."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import connected
from bot.cli import channel_check, main
from bot.cli.campaigns import _still, limit_of
from bot.cli.contacts_file import BadRow, ContactsFile, Row
from bot.cli.invite_account import ranges
from bot.cli.one_server import only_server
from bot.errors import ConductorError
from bot.outreach.invitee import PROVIDERS
from tests.backends import Backend, embedded_in
from tests.cli.conftest import settle_in

ASK = ("invite", "--survey", "delivery_nps", "--channel", "sms", "--provider", "web")
TWILIO = {
    "TWILIO_SMS_FROM": "+15005550006",
    "TWILIO_ACCOUNT_SID": f"AC{0:032}",
    "TWILIO_AUTH_TOKEN": "a token",
    "CONDUCTOR_PUBLIC_URL": "https://surveys.example.com",
}


@pytest.fixture
def home(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONDUCTOR_REGION", "DE")
    return place


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def invited(backend: Backend) -> list[str]:
    """The addresses that wait for the server, in order."""
    query = """SELECT address FROM inbox JOIN conversations ON conversations.id = conversation_id
               WHERE kind = 'invite' AND status = 'new' ORDER BY inbox.id"""
    return [address for (address,) in backend.rows(query)]


def file(home: Path, text: str, encoding: str = "utf-8") -> str:
    (home / "contacts.csv").write_bytes(text.encode(encoding))
    return str(home / "contacts.csv")


def test_one_contact(home: Path, backend: Backend) -> None:
    result = run(*ASK, "--to", "030 901820", "--name", "Anna", "--language", "de", "--attribute", "tier=gold")
    assert result.exit_code == 0, result.output
    assert "Invited +4930901820 to delivery_nps, in de." in result.stdout
    assert "waits for the next 'conductor serve'" in result.stdout
    assert invited(backend) == ["+4930901820"]
    [(name, attributes)] = backend.rows("SELECT name, attributes FROM contacts")
    assert (name, json.loads(attributes)) == ("Anna", {"tier": "gold"})


@pytest.fixture
def sms_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    """This version can send SMS, whether or not it is set up here."""
    monkeypatch.setattr(connected, "PROVIDERS", (connected.Provider("twilio_sms", "", ""),))
    for name in TWILIO:
        monkeypatch.setenv(name, "")


@pytest.mark.usefixtures("sms_exists")
@pytest.mark.parametrize("more", [("--to", "030 901820"), ("--contacts", "c.csv"), ("--to", "030 901820", "--dry-run")])
def test_a_channel_that_is_not_connected_is_refused_before_anything_is_written(
    home: Path, backend: Backend, more: tuple[str, ...]
) -> None:
    (home / "c.csv").write_text("address\n030 901820\n")
    result = run("invite", "--survey", "delivery_nps", "--channel", "sms", *more)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "The channel sms is not connected here: twilio_sms is not set up. Nobody was invited." in result.stderr
    assert "With --provider web the playground plays the channel." in result.stderr
    assert backend.rows("SELECT * FROM contacts") == []


@pytest.mark.parametrize("folder", ["twilio_sms", "elsewhere"])
def test_how_to_connect_is_named_where_it_is_written(home: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.setattr(channel_check, "CHANNELS", home)
    (home / folder).mkdir()
    (home / folder / "README.md").touch()
    result = run("invite", "--survey", "delivery_nps", "--channel", "sms", "--to", "030 901820")
    assert ("channels/twilio_sms/README.md says how" in result.stderr) == (folder == "twilio_sms")


@pytest.mark.usefixtures("sms_exists")
def test_the_variables_of_a_channel_may_stand_in_dotenv(
    home: Path, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in TWILIO:
        monkeypatch.delenv(name)
    (home / ".env").write_text("".join(f"{name}={value}\n" for name, value in TWILIO.items()))
    result = run("invite", "--survey", "delivery_nps", "--channel", "sms", "--to", "030 901820")
    assert (result.exit_code, invited(backend)) == (0, ["+4930901820"]), result.output


WEB = ("invite", "--survey", "delivery_nps", "--channel", "web")


def test_web_is_always_connected_and_says_how_one_gets_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_PORT", "5017")
    result = run(*WEB, "--to", "ada")
    assert result.exit_code == 0
    assert "counts as delivered when a page has fetched it" in result.stdout
    assert "ada is at http://127.0.0.1:5017/?channel=web&as=ada\n" in result.stdout


def test_each_row_of_a_web_file_has_a_link(home: Path) -> None:
    assert "/?channel=web&as=ADDRESS" in run(*WEB, "--contacts", file(home, "address\nada\nbob\n")).stdout


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of one process."""
    monkeypatch.chdir(tmp_path)
    settle_in(embedded_in(tmp_path), monkeypatch)
    return tmp_path


@pytest.mark.about_sqlite("a server of PostgreSQL leaves no note on this machine")
def test_the_link_leads_to_the_server_that_runs(alone: Path) -> None:
    with only_server(os.environ["DATABASE_URL"], "http://127.0.0.1:6001"):
        assert "http://127.0.0.1:6001/?channel=web&as=ada\n" in run(*WEB, "--to", "ada").stdout


def test_where_nobody_has_said_the_servers_address_none_is_invented(
    grown: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers of a PostgreSQL database leave no note of where they listen."""
    monkeypatch.chdir(tmp_path)
    settle_in(grown, monkeypatch)
    for name in ("CONDUCTOR_PORT", "CONDUCTOR_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    assert "is at /?channel=web&as=ada on your server's address" in run(*WEB, "--to", "ada").stdout
    monkeypatch.setenv("CONDUCTOR_PORT", "5642")
    assert "is at http://127.0.0.1:5642/?channel=web&as=bea\n" in run(*WEB, "--to", "bea").stdout
    monkeypatch.setenv("CONDUCTOR_PUBLIC_URL", "https://surveys.example.com/")
    monkeypatch.setenv("CONDUCTOR_PLAYGROUND", "true")
    assert "is at https://surveys.example.com/?channel=web&as=cyd\n" in run(*WEB, "--to", "cyd").stdout


@pytest.mark.parametrize(
    ("variable", "args", "says"),
    [
        ("CONDUCTOR_PLAYGROUND", (*WEB, "--to", "ada"), "switched off (CONDUCTOR_PLAYGROUND): nobody gets to it"),
        ("CONDUCTOR_LEAN", (*WEB, "--to", "Ada L"), "No page can write as Ada L"),
        ("CONDUCTOR_LOCAL_PROVIDERS", (*ASK, "--to", "030 901820"), "/?channel=sms&as=%2B4930901820"),
    ],
)
def test_where_nobody_gets_to_it_that_is_said(
    home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, args: tuple[str, ...], says: str
) -> None:
    monkeypatch.setenv(variable, "false")
    result = run(*args)
    assert (result.exit_code, says in result.stdout) == (0, True), result.stdout


@pytest.mark.about_sqlite("local providers belong to a server that is alone")
def test_what_a_local_provider_plays_is_not_played_on_the_web(alone: Path) -> None:
    assert "with CONDUCTOR_LOCAL_PROVIDERS=false only" in run(*ASK, "--to", "+49 30 901820").stdout


def test_what_is_only_looked_at_has_no_link(home: Path) -> None:
    assert "as=ada" not in run(*WEB, "--to", "ada", "--dry-run").stdout


def test_the_second_time_the_reason_is_shown(home: Path, backend: Backend) -> None:
    run(*ASK, "--to", "030 901820")
    result = run(*ASK, "--to", "+49 30 901820")
    assert (result.exit_code, len(invited(backend))) == (0, 1)
    assert "Skipped +4930901820: asked on" in result.stdout


def test_a_language_that_the_survey_lacks_is_no_obstacle(home: Path) -> None:
    assert "in en (the survey has no tr)" in run(*ASK, "--to", "030 901820", "--language", "tr").stdout


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((*ASK, "--to", "12"), "'12' is no valid telephone number"),
        (
            ("invite", "--survey", "delivery_npss", "--channel", "web", "--to", "ada"),
            "Did you mean delivery_nps?",
        ),
        (("invite", "--survey", "delivery_nps", "--channel", "smss", "--to", "1"), "Did you mean sms?"),
        ((*ASK, "--to", "030 901820", "--provider", "slack"), "slack does not carry the channel sms"),
        ((*ASK,), "Give either --to ADDRESS or --contacts FILE."),
        ((*ASK, "--to", "030 901820", "--attribute", "tier"), "write KEY=VALUE"),
        ((*ASK, "--contacts", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_code_2(
    home: Path, backend: Backend, args: tuple[str, ...], says: str
) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert invited(backend) == []


def test_of_a_file_the_good_rows_go_and_the_bad_are_named(home: Path, backend: Backend) -> None:
    text = 'Name;Phone;Sprache;tier\nAnna;030 901820;de;gold\nBen;12;;\n"Carl\nder Große";030 901821;;\n'
    text += "Anna;+4930901820;;\n;;;\n"
    result = run(*ASK, "--contacts", file(home, text))
    assert result.exit_code == 1, result.output
    assert invited(backend) == ["+4930901820", "+4930901821"]
    assert "line 3: '12' is no valid telephone number" in result.stderr
    assert "line 6: skipped, the address is in the file twice" in result.stderr
    assert "4 rows: 2 invited, 1 skipped, 1 bad." in result.stdout


@pytest.mark.parametrize("more", [(), ("--dry-run",), ("--detach",)])
def test_a_file_without_a_row_that_can_be_used_is_refused(home: Path, backend: Backend, more: tuple[str, ...]) -> None:
    result = run(*ASK, "--contacts", file(home, "name,address\nAnna,12\nBen,\nCarl,1,2\n"), *more)
    assert (result.exit_code, result.stdout) == (2, "")
    for line in ("line 2: '12' is no valid", "line 3: the address is empty", "line 4: 3 cells", "(line 2–4)"):
        assert line in result.stderr
    assert "Nobody was invited." in result.stderr
    assert backend.rows("SELECT id FROM campaigns") == []


def test_a_file_that_has_only_its_header_is_refused(home: Path, backend: Backend) -> None:
    result = run(*ASK, "--contacts", file(home, "name,address\n"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "has no rows. Nobody was invited." in result.stderr
    assert backend.rows("SELECT id FROM campaigns") == []


def test_a_campaign_names_who_began_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default the user of the operating system; or whoever is named."""
    monkeypatch.setenv("LOGNAME", "mia")
    run(*ASK, "--contacts", file(home, "address\n030 901820\n"))
    run(*ASK, "--contacts", file(home, "address\n030 901821\n"), "--by", "Nightly import")
    assert re.search(
        r"begun \d{4}-\d\d-\d\d \d\d:\d\d UTC by mia, planned \d{4}-\d\d-\d\d \d\d:\d\d UTC",
        run("campaigns", "1").stdout,
    )
    assert " by Nightly import, planned" in run("campaigns", "2").stdout
    assert re.search(r"UTC by Nightly import  delivery_nps.*\n.*UTC by mia  delivery_nps", run("campaigns").stdout)


def test_who_invites_one_contact_is_kept_nowhere(home: Path) -> None:
    result = run(*ASK, "--to", "030 901820", "--by", "mia")
    assert result.exit_code == 2
    assert "--by belongs to --contacts" in result.stderr


def test_many_rows_of_one_kind_are_ten_examples_and_a_count(home: Path) -> None:
    good = "".join(f"030 90{1000 + number}\n" for number in range(30))
    contacts = file(home, "address\n" + good + "12\n" * 12)
    assert "30 invited, 0 skipped, 12 bad.\n  bad lines: 32–43\n" in run(*ASK, "--contacts", contacts).stdout
    again = run(*ASK, "--contacts", contacts)
    assert again.stderr.count("skipped, asked on") == again.stderr.count("no valid telephone number") == 10
    assert "0 invited, 30 skipped, 12 bad.\n  30 skipped: asked recently\n  bad lines: 32–43\n" in again.stdout


@pytest.mark.parametrize(
    ("lines", "words"), [([], ""), ([3], "3"), ([3, 4, 7, 9, 10], "3–4, 7, 9–10"), (range(0, 200, 2), "76, 78, …")]
)
def test_lines_are_listed_shortly(lines: list[int], words: str) -> None:
    assert ranges(lines).endswith(words)


def test_a_dry_run_changes_nothing(home: Path, backend: Backend) -> None:
    result = run(*ASK, "--contacts", file(home, "address\n030 901820\n"), "--dry-run")
    assert result.exit_code == 0
    assert "1 rows: 1 would be invited, 0 skipped, 0 bad." in result.stdout
    assert invited(backend) == []


@pytest.mark.parametrize(("encoding", "named"), [("cp1252", "WINDOWS-1252"), ("utf-16", "UTF-16")])
def test_another_encoding_is_named_with_the_way_to_convert_it(
    home: Path, backend: Backend, encoding: str, named: str
) -> None:
    good = "name,address\nAnna,030 901820\n" * 1000
    result = run(*ASK, "--contacts", file(home, good + "Jürgen,030 901821\n", encoding))
    assert (result.exit_code, invited(backend)) == (2, [])
    assert f"iconv -f {named} -t UTF-8" in result.stderr


def test_a_quote_that_is_never_closed_is_found_before_anybody_is_invited(home: Path, backend: Backend) -> None:
    text = "name,address\nAnna,030 901820\n" + 'Ben,"030 901821\n' + "Carl,030 901822\n" * 2000
    result = run(*ASK, "--contacts", file(home, text))
    assert (result.exit_code, invited(backend)) == (2, [])
    assert "never closed" in result.stderr


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('address\n"+49 30 901824\n', 2),
        ('name,address\n"Anna\nB",1\nBen,"2\nCarl,3\n', 4),
        ('"address\n+49 30 901824\n', 1),
        ('name,address\n"Anna" A,1\n', 2),
    ],
)
def test_a_broken_quote_is_named_with_the_line_of_its_row(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(ConductorError, match=f"begins in line {line} can't be read"):
        ContactsFile(Path(file(tmp_path, text)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("name,tier\nAnna,gold\n", "no column for the address; there are: name, tier"),
        ("address,Address\n1,2\n", "address is there twice"),
    ],
)
def test_a_file_without_a_usable_header_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConductorError) as caught:
        ContactsFile(Path(file(tmp_path, text)))
    assert says in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_are_read_with_the_line_they_begin_in(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = ["address,name,language,order no", '1,"Anna, ""A""\nB",de,77', ",nobody,,", "", "2,,,", "3,x,de,7,8"]
    text = "\r\n".join(lines).replace(",", delimiter)
    read = list(ContactsFile(Path(file(tmp_path, text, encoding))))
    assert read == [
        Row(2, "1", f'Anna{delimiter} "A"\nB', "de", {"order no": "77"}),
        BadRow(4, "the address is empty"),
        Row(6, "2", None, None, {}),
        BadRow(7, "5 cells, but the header names 4 columns"),
    ]


def test_whatsapp_that_is_not_connected_is_refused(home: Path, backend: Backend) -> None:
    result = run("invite", "--survey", "delivery_nps", "--channel", "whatsapp", "--to", "+49 30 901820")
    assert result.exit_code == 2
    assert "The channel whatsapp is not connected here" in result.stderr
    assert backend.rows("SELECT * FROM contacts") == []


def test_a_detached_file_waits_for_the_server_and_can_be_asked_about(home: Path, backend: Backend) -> None:
    result = run(*ASK, "--contacts", file(home, "address\n030 901820\n12\n"), "--detach")
    assert result.exit_code == 1, "a row is bad"
    assert "2 rows are stored as campaign 1: it is planned without this command" in result.stdout
    assert invited(backend) == []
    listed = run("campaigns").stdout
    assert "delivery_nps, sms, " in listed
    assert "2 rows, 0 of 1 parts planned" in listed
    assert "2 rows: 0 invited, 0 skipped, 1 bad." in run("campaigns", "1").stdout


def test_a_campaign_that_is_planned_tells_what_became_of_its_rows(home: Path) -> None:
    run(*ASK, "--contacts", file(home, "address\n030 901820\n"))
    run(*ASK, "--contacts", file(home, "address\n030 901820\n030 901821\n12\n"))
    assert "3 rows, planned" in run("campaigns").stdout
    told = run("campaigns", "2").stdout
    assert "3 rows: 1 invited, 1 skipped, 1 bad.\n  1 skipped: asked recently\n" in told


def test_a_campaign_tells_when_it_began_what_waits_and_how_it_is_stopped(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDUCTOR_PER_SECOND", "twilio_sms=2")
    rows = "".join(f"030 90182{n:02}\n" for n in range(40))
    run(*ASK, "--contacts", file(home, f"address\n{rows}12\n"), "--detach")
    told = run("campaigns", "1").stdout
    assert re.search(r"^  begun \d{4}-\d\d-\d\d \d\d:\d\d UTC by \S+$", told, re.MULTILINE)
    assert "  bad lines: 42\n" in told
    assert "40 rows wait to be planned and 0 messages to leave: at twilio_sms's limit of 2 a second about 20 s." in told
    assert told.endswith("'conductor campaigns 1 --stop' plans no further part of it.\n")


@pytest.mark.parametrize(
    ("provider", "ours", "limit"),
    [
        ("web", {}, 0.0),
        ("web", {"web": 3.0}, 3.0),
        ("twilio_voice", {}, 1.0),
        ("twilio_voice", {"twilio_voice": 0.5}, 0.5),
    ],
)
def test_what_a_provider_takes_a_second(provider: str, ours: dict[str, float], limit: float) -> None:
    """The web has no limit, and no file of limits."""
    assert limit_of(provider, ours) == limit


def test_a_campaign_is_stopped_once(home: Path, backend: Backend) -> None:
    run(*ASK, "--contacts", file(home, "address\n030 901820\n"), "--detach")
    assert run("campaigns", "1", "--stop").stdout.startswith("Campaign 1 is stopped.")
    assert backend.rows("SELECT status, invitees FROM campaign_parts") == [("stopped", "[]")]
    told = run("campaigns", "1").stdout
    assert "stopped: by 'conductor campaigns --stop'" in told
    assert "1 rows were not looked at any more" in told
    again = run("campaigns", "1", "--stop")
    assert (again.exit_code, again.stdout) == (2, "")
    assert "Campaign 1 can't be stopped: stopped: by" in again.stderr
    assert run("campaigns", "--stop").exit_code == 2


@pytest.mark.parametrize(
    ("left", "waiting", "limit", "words"),
    [
        (0, 0, 1, "Nothing waits to leave."),
        (0, 3, 0, "0 rows wait to be planned and 3 messages to leave; p has no limit here."),
        (1, 0, 30, "about 1 s."),
        (100, 80, 1, "about 3 min."),
        (100_000, 0, 1, "about 27.8 h."),
    ],
)
def test_how_long_it_still_takes(left: int, waiting: int, limit: float, words: str) -> None:
    assert _still(left, waiting, "p", limit).endswith(words)


def test_each_providers_own_limit_counts_unless_the_account_has_another() -> None:
    assert {name: limit_of(name, {"telegram": 25}) for name in sorted(set(PROVIDERS.values()) - {"web"})} == {
        "slack": 0, "telegram": 25, "twilio_sms": 0, "twilio_voice": 1, "twilio_whatsapp": 80,
    }  # fmt: skip


def test_there_may_be_no_campaign(home: Path) -> None:
    run(*ASK, "--to", "030 901820")
    assert run("campaigns").stdout == "No file of contacts was invited yet.\n"
    unknown = run("campaigns", "7")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "There is no campaign 7." in unknown.stderr
