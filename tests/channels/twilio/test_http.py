"""What a failing connection means for a message: "later" only where nothing of it can have left, else unknown. Proxies,
certificates and redirects as the SDK's own client has them. Every server here is a bare socket on this machine."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from channels.contract import SendError
from channels.twilio.client import create_message, sdk
from channels.twilio.http import HttpClient
from channels.twilio.settings import Account

ACCOUNT_SID, TOKEN = "AC" + "0" * 32, "secret"
FIELDS = {"to": "+4915112345678", "from_": "+15005550006", "body": "How was it? – 5 €"}
TAKEN = b'{"sid": "SM1"}'
OK = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(TAKEN), TAKEN)

Talk = Callable[["Server", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """What it heard, request by request, and over how many connections."""

    talk: Talk
    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """A client's connection has ended."""

    async def hear(self, reader: asyncio.StreamReader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(h[15:]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:")), 0)
        self.heard.append(head + await reader.readexactly(length))
        return self.heard[-1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.talk(self, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is gone
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
            self.closed.set()


@asynccontextmanager
async def listening(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server(talk)
    bound = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = bound.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        bound.close()


def answering(answer: bytes, keeps: bool = True) -> Talk:
    async def talk(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await server.hear(reader)
            writer.write(answer)
            if not keeps:
                return

    return talk


async def silent(server: Server, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Hears the request and says nothing until the other side gives up."""
    await server.hear(reader)
    await reader.read()


async def deaf(_server: Server, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Takes the connection, and never answers a handshake."""
    while await reader.read(1000):
        pass


async def rude(_server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends the connection at the first word."""
    await reader.read(1)
    writer.transport.abort()


@asynccontextmanager
async def asking(
    base: str, connect_seconds: float = 2, read_seconds: float = 2
) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    http = HttpClient(base, connect_seconds, read_seconds)
    client = sdk(Account(ACCOUNT_SID, TOKEN, "https://surveys.example", base), http)
    try:
        yield lambda: create_message(client, FIELDS)
    finally:
        await http.close()


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def assert_unknown(base: str) -> None:
    async with asking(base, read_seconds=0.3) as send:
        with pytest.raises(TimeoutError):
            await send()


async def assert_later(base: str, connect_seconds: float = 2) -> None:
    async with asking(base, connect_seconds) as send:
        with pytest.raises(SendError, match="could not be reached") as caught:
            await send()
        assert caught.value.retry == "later"


def at(server: Server, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{server.port}"


# What leaves


async def test_a_request_is_the_form_that_twilio_expects() -> None:
    async with listening(answering(OK)) as server, asking(at(server) + "/stand-in") as send:
        assert await send() == "SM1"

    head, body = server.heard[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /stand-in/2010-04-01/Accounts/%s/Messages.json HTTP/1.1\r\n" % ACCOUNT_SID.encode())
    assert b"Authorization: Basic " + base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()) in head
    assert b"Content-Type: application/x-www-form-urlencoded" in head
    assert b"User-Agent: twilio-python/" in head
    assert body == b"To=%2B4915112345678&From=%2B15005550006&Body=How+was+it%3F+%E2%80%93+5+%E2%82%AC"


async def test_a_query_and_lists_are_written_as_the_sdk_means_them() -> None:
    async with listening(answering(OK)) as server:
        http = HttpClient(at(server))
        await http.request(
            "GET", "https://content.twilio.com/v1/Content?PageToken=a%2Fb%3D", params={"To": "+1", "No": None}
        )
        await http.request("POST", "https://api.twilio.com/x", data={"Event": ["completed", "ringing"], "Yes": False})
        await http.close()

    assert server.heard[0].startswith(b"GET /v1/Content?PageToken=a%2Fb%3D&To=%2B1 HTTP/1.1\r\n")
    assert server.heard[1].endswith(b"\r\n\r\nEvent=completed&Event=ringing&Yes=False")


# Connections


async def test_a_connection_is_kept_until_it_is_closed_and_then_opened_anew() -> None:
    async with listening(answering(OK)) as server:
        http = HttpClient(at(server))
        for _ in range(3):
            await http.request("GET", "https://api.twilio.com/x")
        assert server.connections == 1

        await http.close()
        await asyncio.wait_for(server.closed.wait(), 5)
        await http.request("GET", "https://api.twilio.com/x")
        assert server.connections == 2
        await http.close()


async def test_a_connection_that_the_server_closed_between_two_messages_costs_nothing() -> None:
    async with listening(answering(OK, keeps=False)) as server, asking(at(server)) as send:
        await send()
        await asyncio.wait_for(server.closed.wait(), 5)
        for _ in range(20):  # the end has been sent: our side of it needs some turns of the loop
            await asyncio.sleep(0)
        assert await send() == "SM1"
    assert (server.connections, len(server.heard)) == (2, 2)


# Unknown: Twilio may have it


@pytest.mark.parametrize(
    "talk",
    [
        silent,
        answering(b"", keeps=False),
        answering(b"HTTP/1.1 201 Created\r\nContent-Length: 400\r\n\r\n{", keeps=False),
        answering(b"HTTP/1.1 201 Created\r\nContent-Length: 400\r\n\r\n{"),
        answering(b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
        answering(b"What?\r\n\r\n", keeps=False),
        answering(b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n"),
    ],
    ids=["silence", "the end", "half an answer", "silence after half of it", "no gzip", "no HTTP", "a gateway"],
)
async def test_what_was_heard_but_not_answered_is_unknown(talk: Talk) -> None:
    async with listening(talk) as server:
        await assert_unknown(at(server))
        assert len(server.heard) == 1, "and nothing is sent a second time"


async def test_a_kept_connection_that_ends_at_the_next_message_is_unknown() -> None:
    """Nobody knows whether the server closed it before or after it heard the message."""

    async def once(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.hear(reader)
        writer.write(OK)
        await server.hear(reader)

    async with listening(once) as server, asking(at(server)) as send:
        await send()
        with pytest.raises(TimeoutError):
            await send()
        assert server.connections == 1


@pytest.mark.parametrize("body", [b"<html", b"[7]", b"", b"\xff"])
async def test_an_answer_that_is_no_json_is_no_success_and_no_reason_to_send_again(body: bytes) -> None:
    """To the outbox it is unknown whether Twilio has the message."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    async with listening(answering(page)) as server, asking(at(server)) as send:
        with pytest.raises(TimeoutError, match="could not be read"):
            await send()


async def test_who_gives_up_waiting_ends_the_request() -> None:
    async with listening(silent) as server, asking(at(server)) as send:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(send(), 0.2)
        await asyncio.wait_for(server.closed.wait(), 5)


# Later: nothing has left


async def test_where_nobody_listens_nothing_has_left() -> None:
    async with listening(silent) as server:
        base = at(server)
    await assert_later(base)


async def test_an_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unresolved(*_: object, **__: object) -> list[object]:
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unresolved)
    await assert_later("http://twilio.invalid")


@pytest.mark.parametrize("talk", [rude, deaf], ids=["reset", "silence"])
async def test_a_handshake_that_does_not_come_about(talk: Talk) -> None:
    async with listening(talk) as server:
        await assert_later(at(server, "https"), connect_seconds=0.3)


# Certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and the certificate that it signed itself, for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    now = datetime.now(timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = made.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    form, pem = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    file = tmp_path_factory.mktemp("certificate") / "here.pem"
    file.write_bytes(key.private_bytes(pem, form, plain) + signed.public_bytes(pem))
    return file


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_a_certificate_that_nobody_trusts(certificate: Path) -> None:
    async with listening(answering(OK), tls(certificate)) as server:
        await assert_later(at(server, "https"))
        assert server.heard == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
async def test_a_bundle_of_ones_own_is_trusted(
    certificate: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(certificate))
    async with listening(answering(OK), tls(certificate)) as server, asking(at(server, "https")) as send:
        assert await send() == "SM1"


async def test_a_bundle_that_is_not_there_stops_the_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    async with asking("https://127.0.0.1:1") as send:
        with pytest.raises(SendError, match="REQUESTS_CA_BUNDLE") as caught:
            await send()
    assert caught.value.retry == "channel_dead"


# Proxies


async def tunnel(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What a proxy does with CONNECT."""
    asked = await server.hear(reader)
    host, port = asked.split(b" ")[1].decode().split(":")
    up_reader, up_writer = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                sink.write(data)
        finally:
            sink.close()

    await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer), return_exceptions=True)


async def test_through_a_proxy_with_a_password(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    async with listening(answering(OK), tls(certificate)) as twilio, listening(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
        async with asking(at(twilio, "https")) as send:
            await send()
            assert await send() == "SM1"

    assert [h.split(b"\r\n")[0] for h in proxy.heard] == [b"CONNECT 127.0.0.1:%d HTTP/1.1" % twilio.port], "one tunnel"
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"me:p@ss") in proxy.heard[0]
    assert len(twilio.heard) == 2
    assert b"Proxy-Authorization" not in b"".join(twilio.heard)


async def test_not_through_it_where_no_proxy_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(answering(OK)) as twilio, listening(answering(OK)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy.port}")
        async with asking(at(twilio)) as send:
            await send()
        assert (len(twilio.heard), len(proxy.heard)) == (0, 1)

        monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
        async with asking(at(twilio)) as send:
            await send()
        assert (len(twilio.heard), len(proxy.heard)) == (1, 1)


@pytest.mark.parametrize(
    "talk",
    [answering(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"), silent, rude],
    ids=["refuses", "silence", "reset"],
)
async def test_a_proxy_that_opens_no_way(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(talk) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", at(proxy))
        await assert_later("https://twilio.invalid", connect_seconds=0.3)


async def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(silent) as gone:
        monkeypatch.setenv("HTTPS_PROXY", at(gone))
    await assert_later("https://twilio.invalid")


async def test_a_proxy_of_another_kind_stops_the_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1080")
    async with asking("https://twilio.invalid") as send:
        with pytest.raises(SendError, match="HTTPS_PROXY") as caught:
            await send()
    assert caught.value.retry == "channel_dead"


# Redirects


async def test_a_message_does_not_follow_a_redirect_and_a_recording_does_without_the_password() -> None:
    async with listening(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nRIFF")) as store:
        to = b"HTTP/1.1 307 Elsewhere\r\nLocation: %s/x.wav\r\nContent-Length: 0\r\n\r\n" % at(store).encode()
        async with listening(answering(to)) as server:
            async with asking(at(server)) as send:
                with pytest.raises(SendError) as caught:
                    await send()
            assert (caught.value.retry, store.heard) == ("channel_dead", [])

            http = HttpClient(at(server))
            assert await http.sound("https://api.twilio.com/r.wav", (ACCOUNT_SID, TOKEN), 4) == b"RIFF"
            with pytest.raises(SendError, match="longer than 3"):
                await http.sound("https://api.twilio.com/r.wav", (ACCOUNT_SID, TOKEN), 3)
            await http.close()
    assert b"Authorization" in server.heard[-1]
    assert b"Authorization" not in store.heard[0]
