"""A mail server for tests: takes what smtplib hands in, and refuses on demand. Written from RFC 5321."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """`answers`: what is said instead to a command (MAIL, RCPT, AUTH, DATA, "." for the end of the message).
    `extensions`: what EHLO offers. `hangs_up_after`: the command after which the connection ends without a word."""

    answers: dict[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("AUTH PLAIN",)
    hangs_up_after: str = ""
    taken: list[EmailMessage] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> MailServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        try:
            while line := (await reader.readline()).decode().strip():
                command = line.split(" ")[0].upper()
                self.commands.append(command)
                if command == "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                writer.write(self._answer(command))
                if command == "DATA" and "DATA" not in self.answers:
                    body = await self._body(reader)
                    if self.hangs_up_after == ".":
                        self.taken.append(body)
                        break
                    writer.write(self._end(body))
        finally:
            writer.close()

    async def _body(self, reader: asyncio.StreamReader) -> EmailMessage:
        text = await reader.readuntil(b"\r\n.\r\n")
        return message_from_bytes(text[:-5].replace(b"\r\n..", b"\r\n."), policy=policy.default)  # type: ignore[return-value]

    def _answer(self, command: str) -> bytes:
        if command in self.answers:
            return f"{self.answers[command]}\r\n".encode()
        if command == "EHLO":
            lines = ["here", *self.extensions]
            return "".join(f"250{'-' if n < len(lines) - 1 else ' '}{x}\r\n" for n, x in enumerate(lines)).encode()
        return {"DATA": b"354 go on\r\n", "AUTH": b"235 welcome\r\n"}.get(command, b"250 ok\r\n")

    def _end(self, body: EmailMessage) -> bytes:
        if "." in self.answers:
            return f"{self.answers['.']}\r\n".encode()
        self.taken.append(body)
        return b"250 taken\r\n"
