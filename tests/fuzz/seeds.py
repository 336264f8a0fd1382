"""Where fuzzing begins: real-shaped deliveries, definitions and tables of the repository, and what was kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import yaml

from channels.testing import FORM, Declared, Request
from tests.fuzz.words import KINDS

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
"""`corpus/<door>/`: one file an input that reaches code that no other does, or that found something once."""

_CSV = b"key,title,answer,phrasing\nhours,Hours,We open at 9.,When do you open?|Opening hours\n"
_CONTACTS = b'name,language,address,customer id,plan\nAda,en,+491512345678,C1,gold\n"Lee, J",de,+49301,C2,\n'
_HEADS = ("http://localhost", "https://conductor.example:443", "en-GB,de;q=0.8", "10.0.0.1, 192.0.2.1, ::1")
_PORT = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /health/ready HTTP/1.1\r\nHost: localhost:5005\r\nAccept: */*\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + b"m" * 40 + b"\r\nAccept: text/plain\r\n\r\n",
    b'GET /console/inbox?q=ada&view=all HTTP/1.1\r\nHost: a\r\nCookie: __Host-conductor=x; a="b\\"\r\n\r\n',
    b"GET /console/static/base.css HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n",
    b"POST /console/sign-in HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nContent-Type: application/x-www-form-urlencoded"
    b"\r\nContent-Length: 16\r\n\r\nlogin=k&next=%2F",
    b"POST /webhooks/web/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"POST /webhooks/twilio_sms/webhook HTTP/1.1\r\nHost: a\r\nX-Twilio-Signature: AAAA\r\nContent-Type: "
    b"application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\nBody=9",
    b"POST /webhooks/slack/webhook HTTP/1.1\r\nHost: a\r\nX-Slack-Signature: v0=aa\r\nX-Slack-Request-Timestamp: 1"
    b"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /webhooks/telegram/webhook HTTP/1.1\r\nHost: a\r\nX-Telegram-Bot-Api-Secret-Token: a\r\nContent-Length: 2"
    b"\r\nExpect: 100-continue\r\n\r\n{}",
    b"POST /console/sign-in HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nContent-Type: multipart/form-data; boundary=b"
    b'\r\nContent-Length: 66\r\n\r\n--b\r\nContent-Disposition: form-data; name="login"\r\n\r\nk\r\n--b--\r\n',
)
_CONSOLE = (
    b"inbox?view=all&q=ada&case=CASE&lines=100&snoozed=1&after=x",
    b"inbox/list?view=mine&after=2026-11-23T12:00:00|1",
    b"inbox/cases/CASE",
    b"inbox/cases/CASE/canned",
    b"inbox/cases/CASE/colleagues?team=care",
    b"live",
    b"live/now",
    b"canned?edit=1",
    b"agents",
    b"audit?page=1&who=Kim&what=sign_in&before=1",
    b"account",
    b"account/factor",
    b"company/callback?code=x&state=y",
    b"inbox/cases/CASE/claim\n{}",
    b'inbox/cases/CASE/reply\n{"text": "I am sorry."}',
    b'inbox/cases/CASE/undo\n{"letter": "1"}',
    b'inbox/cases/CASE/note\n{"text": "Ring her up."}',
    b'inbox/cases/CASE/transfer\n{"team": "care", "agent": "Kim", "note": "x"}',
    b'inbox/cases/CASE/snooze\n{"until": "in_1_hour"}',
    b'inbox/cases/CASE/snooze\n{"until": "2026-11-24T12:00:00+00:00"}',
    b'inbox/cases/CASE/resolve\n{"cause": "late", "action": "Sent it again", "resume": false}',
    b"inbox/cases/CASE/reopen\n{}",
    b'inbox/cases/CASE/hand_back\n{"resume": true}',
    b'inbox/here\n{"page": "p1", "case": "1", "typing": true}',
    b'inbox/gone\n{"page": "p1"}',
    b'inbox/shortcuts\n{"claim": "c", "reply": "r"}',
    b"canned\nid=0&team=&language=en&name=hello&text=Hello+{name}",
    b"canned/drop\nid=1",
    b"agents\nlogin=lee%40example.com&name=Lee&role=agent&teams=care&language=en",
    b"agents/1\nname=Kim&role=admin&teams=care&language=de",
    b"agents/1/link\nx=",
    b"account\nlanguage=de&name=Kim",
    b"account/password\nold=a&password=correct+horse+battery&again=correct+horse+battery",
    b"account/factor\ncode=123456",
    b"account/sessions/1/end\nx=",
)
_STRANGER = (
    b"sign-in?next=/console/inbox%3Fq%3Dx&done=out",
    b"sign-in\nlogin=kim%40example.com&password=correct+horse+battery&next=%2Fconsole%2Flive",
    b"sign-in/code\ncode=123456&next=%2Fconsole%2Finbox",
    b"welcome",
    b"welcome\ntoken=abc&password=correct+horse+battery&again=correct+horse+battery",
    b"company?next=/console/inbox",
    b"company/callback?code=x&state=y",
    b"static/base.css",
    b"nowhere/../x",
)
_PLAYGROUND = (
    b"api/surveys",
    b"api/drawing/delivery_nps?language=en",
    b'api/conversations\n{"channel": "sms", "address": "ada", "language": "en", "name": "Ada"}',
    b"api/conversations/1",
    b'api/conversations/1/phone\n{"do": "say", "deed": "d1", "text": "9"}',
    b"static/app.js",
)
_SAID = (
    b'{"sid": "SM1", "status": "queued", "error_code": null, "date_created": "Mon, 23 Nov 2026 12:00:00 +0000"}',
    b'{"code": 21610, "message": "x", "more_info": "https://x", "status": 400}',
    b'{"ok": true, "ts": "1700000000.000100", "channel": {"id": "D1"}}',
    b'{"ok": true, "user": {"id": "U1", "name": "ada", "locale": "de-DE", "profile": {"email": "a@b.example"}}}',
    b'{"ok": false, "error": "ratelimited"}',
    b'{"ok": true, "result": {"message_id": 1, "date": 1700000000, "chat": {"id": 7, "type": "private"}, "text": "x"}}',
    b'{"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 7}}',
    b'{"ok": false, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}',
    b'["no", {"thing": 1}]',
    b"<html>Bad gateway</html>",
    b"",
)
_HEADS_OF_ANSWERS = (
    b"200 OK\r\nContent-Type: application/json",
    b"201 Created\r\nContent-Type: application/json",
    b"429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 7",
    b"503 Away\r\nRetry-After: Mon, 23 Nov 2026 12:00:07 GMT\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT",
    b"400 Bad\r\nContent-Type: application/json; charset=utf-8",
    b"302 Found\r\nLocation: http://127.0.0.1:1/",
    b"502 Bad Gateway\r\nContent-Encoding: gzip\r\nContent-Type: text/html",
)
_RETRIES = (b"-1", b"9" * 400, b"nan", b"inf", b"Mon, 23 Nov 9999 12:00:07 GMT", "\u0667".encode(), b"7.5", b"1e400")
_WORKER = (
    b"GET /metrics HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + b"m" * 16 + b"\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\n\r\n",
    b"GET /health/ready HTTP/1.0\r\nHost: [::1\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\nx",
)
_OIDC = (
    b"",
    b'{"issuer": "URL", "token_endpoint": "URL/token", "jwks_uri": "URL/keys", "authorization_endpoint": "URL"}',
    b'{"issuer": "URL"}',
    b'{"issuer": "URL", "token_endpoint": 7, "jwks_uri": null}',
    b'{"issuer": "URL", "token_endpoint": "x://[", "jwks_uri": "\\u0000"}',
    b'["URL"]',
    b'\n{"access_token": "x", "token_type": "Bearer", "id_token": "e30.e30.e30"}',
    b'\n{"id_token": null, "expires_in": "soon"}',
    b'\n{"error": "invalid_grant", "error_description": 7}',
    b'\n{"id_token": "eyJhbGciOiJub25lIn0.e30."}',
    b"\n[7]",
    b'\n\n{"keys": [{"kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB"}, {"kty": "oct", "k": "AA"}]}',
    b'\n\n{"keys": 7}',
    b'\n\n{"keys": [7, null, {"kid": []}]}',
    b"\n\n{}",
)
_CLAIMS = (
    b"{}",
    b'{"email": "kim@example.com", "email_verified": true}',
    b'{"sub": null}',
    b'{"sub": 7, "email": ["a"], "email_verified": true}',
    b'{"sub": "\\ud800", "email": "\\u0000@x", "email_verified": true}',
    b'{"exp": "soon", "iat": -1, "nbf": 1e400, "auth_time": {}}',
    b'{"aud": ["conductor", "x"], "azp": 7, "nonce": null, "at_hash": "x", "amr": 7, "acr": []}',
    b'{"iss": [], "aud": {}}',
)
_WISHES = ("stop", "Can I talk to a person?", "my name is Ada, a@b.example, +49 151 1", "delete my data", "9, but why?")


def seeds(door: str) -> list[bytes]:
    return [*_given(door), *(file.read_bytes() for file in sorted((CORPUS / door).glob("*")))]


def _requests(provider: str, *paths: str) -> Iterator[Request]:
    """What the channel's folder says may arrive; at one of `paths` behind its address ("": at any)."""
    known = Declared(provider)
    for case in known.payloads.values():
        request = known.request(case)
        if not paths or request.path.partition("?")[0] in paths:
            yield request


def _given(door: str) -> Iterator[bytes]:
    if door in _PLAIN:
        yield from _PLAIN[door]
    elif door in ("slack_json", "slack_form"):
        form = door == "slack_form"
        yield from (r.body for r in _requests("slack") if (r.kind == FORM) == form)
    elif door == "slack_socket":
        for file in sorted((ROOT / "channels/slack/payloads").glob("*.json")):
            case = json.loads(file.read_text())
            body = case.get("body") or case.get("fields") or case.get("form") or {}
            kind = "slash_commands" if "fields" in case else "events_api" if "event" in body else "interactive"
            yield kind.encode() + b"\n" + json.dumps(body).encode()
    elif door in ("telegram", "web"):
        yield from (r.body for r in _requests(door))
    elif door in ("sms", "whatsapp", "voice"):
        yield from (r.body for r in _requests(f"twilio_{door}", "webhook"))
    elif door in ("sms_report", "whatsapp_report"):
        for status in ("delivered", "undelivered&ErrorCode=63016", "failed&ErrorCode=21610", "sent", "odd"):
            yield b"key=out-1\nMessageSid=SM" + b"0" * 32 + f"&MessageStatus={status}".encode()
    elif door == "voice_transcript":
        for r in _requests("twilio_voice", "transcript"):
            yield r.path.partition("?")[2].encode() + b"\n" + r.body
    elif door == "webhook":
        for name in ("slack", "telegram", "twilio_sms", "twilio_voice", "twilio_whatsapp", "web"):
            yield from (f"{name}/{r.path}\n".encode() + r.body for r in _requests(name))
        yield from (f"twilio_sms/status?key=out-1\nMessageSid=SM{'0' * 32}&MessageStatus=delivered".encode(),)
    elif door.endswith(("_answer", "_recording", "_opened", "_person")):
        for head in (*_HEADS_OF_ANSWERS, *(b"429 Busy\r\nRetry-After: " + after for after in _RETRIES)):
            for body in _SAID:
                yield b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (head, len(body), body)
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    elif door == "survey":
        yield from (file.read_bytes() for file in sorted((ROOT / "survey_flows/definitions").glob("*.yml")))
    elif door in ("answer", "picked"):
        yield from _answers(door)


def _answers(door: str) -> Iterator[bytes]:
    """Every fifth phrase of the tables of answers, at the question of its type."""
    for file in sorted((ROOT / "tests/answers").glob("??_*.yml")):
        table = yaml.safe_load(file.read_text())
        kind = table["question"]["type"]
        if kind not in KINDS or door == "picked":
            continue
        for phrase in list(table.get("readings") or {})[::5]:
            yield bytes([KINDS.index(kind)]) + str(phrase).encode()
    if door == "picked":
        for number, value in enumerate((9, 5, 4, 3, 12.5, True, "2026-01-01", "Well.", "a@b.example", "a", ["a", "b"])):
            yield bytes([number]) + json.dumps(value).encode()


_PLAIN = {
    "slack_signature": [b"v0=abc 1700000000\npayload=%7B%7D"],
    "twilio_signature": [
        b"AAAA\n" + urlencode({"Body": "9", "From": "+491512345678"}).encode(),
        b"AAAA bodySHA256=aa\n{}",
    ],
    "telegram_secret": [b"secret", "sécret".encode()],
    "voice_address": [b"step=1&silent=0&question=score&kind=scale&ten=1&language=de&survey=s&invitation=3&key=k"],
    "link_code": [b"LINK ABCD-EFGH-JKMN-PQRS", b"7Q2K-M9XD-4TPV-B8NR.", b"7Q2KM9XD4TPVB8NR"],
    "wish": [text.encode() for text in _WISHES],
    "language": [*(text.encode() for text in _WISHES), "Wann öffnen Sie?".encode(), b"/start abc", b"/stop@bot"],
    "head": [head.encode() for head in _HEADS],
    "faq_table": [_CSV, b"sep=;\n" + _CSV.replace(b",", b";"), b"\xff\xfe" + _CSV.decode().encode("utf-16-le")],
    "contacts_file": [_CONTACTS, _CONTACTS.replace(b",", b"\t")],
    "worker_http": list(_WORKER),
    "oidc_answers": list(_OIDC),
    "oidc_claims": list(_CLAIMS),
    "port": list(_PORT),
    "console": list(_CONSOLE),
    "stranger": list(_STRANGER),
    "playground": list(_PLAYGROUND),
}
