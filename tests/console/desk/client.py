"""A browser of the simplest kind, to test the console over HTTP: it keeps cookies, sends forms, follows no link."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from typing import Any

import aiohttp

from bot.bootstrap import Conductor
from bot.identity.agent import Agent
from bot.identity.roles import Role

PASSWORD = "correct horse battery"


@dataclass
class Page:
    status: int
    text: str
    headers: Any

    @property
    def csrf(self) -> str:
        found = re.search(r'<meta name="csrf" content="([^"]+)"', self.text)
        return found.group(1) if found else ""

    @property
    def words(self) -> str:
        """What a reader sees, tags and spaces taken out."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text)).split())

    @property
    def to(self) -> str:
        return str(self.headers.get("Location", ""))


@dataclass
class Browser:
    url: str
    session: aiohttp.ClientSession
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    async def get(self, path: str, **headers: str) -> Page:
        return await self._send("GET", path, headers)

    async def submit(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> Page:
        """Send a form of ours: with Origin and the session's token."""
        fields = {"csrf": self.csrf, **(data or {})}
        return await self._send("POST", path, {"Origin": self.url, **headers}, data=fields)

    async def send(self, path: str, data: Any, **headers: str) -> Page:
        """Send JSON as a script of ours does."""
        ours = {"Origin": self.url, "X-CSRF-Token": self.csrf, "Accept": "application/json"}
        return await self._send("POST", path, {**ours, **headers}, json=data)

    async def _send(self, method: str, path: str, headers: dict[str, str], **body: Any) -> Page:
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **headers}
        where = self.url + path
        async with self.session.request(method, where, headers=sent, allow_redirects=False, **body) as answer:
            for header in answer.headers.getall("Set-Cookie", []):
                for name, morsel in SimpleCookie(header).items():
                    self.cookies[name] = morsel.value
                    if morsel["max-age"] == "0":
                        del self.cookies[name]
            page = Page(answer.status, await answer.text(), answer.headers)
        self.csrf = page.csrf or self.csrf
        return page

    async def sign_in(self, login: str, password: str = PASSWORD, **headers: str) -> Page:
        answer = await self.submit("/console/sign-in", {"login": login, "password": password}, **headers)
        if answer.status == 303:
            await self.get("/console/inbox")  # its token
        return answer


@dataclass
class Desk:
    """A running console with its conductor."""

    conductor: Conductor
    url: str
    session: aiohttp.ClientSession

    def browser(self) -> Browser:
        return Browser(self.url, self.session)

    async def add(self, login: str, role: Role = Role.AGENT, **more: Any) -> Agent:
        """Somebody with a password."""
        name = login.partition("@")[0].title()
        agent = await self.conductor.staff.add(Role.ADMIN, login, name, role, **more)
        token = await self.conductor.sign_in.invite(agent.id)
        await self.conductor.sign_in.accept_invitation(token, PASSWORD, "192.0.2.9")
        return agent

    async def signed_in(self, role: Role = Role.AGENT, login: str = "kim@example.com", **more: Any) -> Browser:
        """A browser in which somebody new has signed in."""
        await self.add(login, role, **more)
        browser = self.browser()
        assert (await browser.sign_in(login)).status == 303
        return browser
