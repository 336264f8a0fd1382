"""Tells people by e-mail: one message by SMTP, plain and HTML, with a link to the case."""

from __future__ import annotations

import asyncio
import html
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from bot.errors import ConductorError
from bot.recovery.telling import Told, say
from channels.contract import SendError

TIMEOUT_SECONDS = 20.0
PORTS = {"smtp": 587, "smtps": 465}  # submission with STARTTLS, and with TLS from the start: RFC 6409, RFC 8314
HOW = "Write it like smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465 (%40 for an @ in a password)."


@dataclass(frozen=True)
class Server:
    """Where mail is handed in. `tls`: from the start ("smtps"), before anything is said ("starttls"), or "none" (a
    relay in one's own network)."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)


def read_server(url: str) -> Server:
    """`smtp://USER:PASSWORD@HOST:PORT` (STARTTLS; `?tls=none` for none) or `smtps://…`. Raises ConductorError, which
    does not repeat what holds a password."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
        wish = parse_qs(parts.query).get("tls", ["starttls"])[0]
    except ValueError:
        parts, port, wish = urlsplit(""), 0, ""
    if parts.scheme not in PORTS or not parts.hostname or wish not in ("starttls", "none"):
        raise ConductorError("CONDUCTOR_SMTP_URL can't be read.", HOW)
    tls = "smtps" if parts.scheme == "smtps" else wish
    return Server(parts.hostname, port, tls, unquote(parts.username or ""), unquote(parts.password or ""))


class MailNotifier:
    """`sender`: who it comes from, "Conductor <bot@example.com>" or the address alone."""

    def __init__(self, server: Server, sender: str, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._sender = sender
        self._tls = tls or ssl.create_default_context()

    async def send(self, told: Told) -> str:
        message = compose(told, self._sender)
        await asyncio.to_thread(self._hand_in, message)
        return str(message["Message-ID"])

    async def earlier(self, told: Told) -> str | None:
        """Nobody can tell. Sent again it bears the same Message-ID, by which most programs show it once."""
        return None

    def _hand_in(self, message: EmailMessage) -> None:
        begun = False
        try:
            with self._connect() as smtp:
                if self._server.user:
                    smtp.login(self._server.user, self._server.password)
                begun = True
                smtp.send_message(message)
        except smtplib.SMTPException as error:
            raise _refusal(error) from error
        except ssl.SSLError as error:
            raise SendError("The mail server's certificate is not trusted.", "channel_dead") from error
        except OSError as error:
            if begun:
                raise TimeoutError("The mail server did not answer.") from error
            raise SendError(f"The mail server can't be reached ({type(error).__name__}).", "later") from error

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.tls == "smtps":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=self._tls)
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        if server.tls == "starttls":
            try:
                smtp.starttls(context=self._tls)
            except BaseException:
                smtp.close()
                raise
        return smtp


def _refusal(error: smtplib.SMTPException) -> Exception:
    """The classes of RFC 5321, 4.2.1: 4yz passes, 5yz does not. No server's words: they may repeat the message's."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        words = "The mail server offers no TLS or no sign-in. Use its other port, or ?tls=none for a relay of your own."
        return SendError(words, "channel_dead")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return SendError("The mail server refuses the user or the password of CONDUCTOR_SMTP_URL.", "channel_dead")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return TimeoutError("The mail server hung up.")
    code = _code(error)
    words = f"The mail server does not take the message ({code or type(error).__name__})."
    return SendError(words, "never" if code >= 500 else "later")


def _code(error: Any) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return int(getattr(error, "smtp_code", 0) or 0)


def compose(told: Told, sender: str) -> EmailMessage:
    """The message. Nothing that a customer wrote stands in its headers."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=told.notification.target)
    message["Subject"] = f"[{told.team.name(told.team.language)}] {told.title}"
    message["Date"] = format_datetime(datetime.fromisoformat(told.notification.created_at))
    domain = parseaddr(sender)[1].partition("@")[2]
    stamp = told.notification.created_at.translate(str.maketrans("", "", "-:.+T"))
    message["Message-ID"] = f"<notification-{told.notification.id}.{stamp}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # no answers of machines: RFC 3834
    message.set_content(_plain(told))
    message.add_alternative(_html(told), subtype="html")
    return message


def _plain(told: Told) -> str:
    lines = [told.title, ""]
    if told.quote:
        lines += [f"> {told.quote}", ""]
    lines += [f"{label}: {value}" for label, value in told.facts()]
    if told.link:
        lines += ["", f"{say(told.team.language, 'open_case')}: {told.link}"]
    return "\n".join(lines) + "\n"


def _html(told: Told) -> str:
    rows = "".join(
        f'<tr><td style="padding:2px 16px 2px 0;color:#555">{html.escape(label)}</td><td>{html.escape(value)}</td></tr>'
        for label, value in told.facts()
    )
    look = "margin:0 0 16px;padding:8px 12px;border-left:4px solid #999"
    quote = f'<blockquote style="{look}">{html.escape(told.quote)}</blockquote>'
    link = f'<p><a href="{html.escape(told.link)}">{html.escape(say(told.team.language, "open_case"))}</a></p>'
    return (
        f'<!doctype html><html lang="{told.team.language}"><body style="font-family:sans-serif">'
        f"<h2>{html.escape(told.title)}</h2>{quote if told.quote else ''}<table>{rows}</table>"
        f"{link if told.link else ''}</body></html>\n"
    )
