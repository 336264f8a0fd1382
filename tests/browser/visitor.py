"""A visitor of the playground: what one does there, in words."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

# Headless, without a sandbox (containers have none), and without the browser's own calls home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Visitor:
    def __init__(self, page: Page, url: str, forgiven: list[str] | None = None) -> None:
        self.page, self.url = page, url
        self.forgiven = [] if forgiven is None else forgiven

    def forgive(self, complaint: str) -> None:
        """A complaint of the browser's console that this visit brings about itself."""
        self.forgiven.append(complaint)

    async def open(self) -> Visitor:
        await self.page.goto(self.url)
        await self.page.wait_for_selector("body[data-ready=yes]")
        return self

    async def choose(self, channel: str, survey: str = "delivery_nps") -> Visitor:
        await self.page.locator(f".channel[data-channel={channel}]").click()
        await expect(self.page.locator("#phone")).to_have_attribute("data-channel", channel)
        await self.page.locator(f"[data-survey={survey}]").click()
        return self

    async def start(self, first_words: str = "How likely") -> Visitor:
        """Starts the survey, in whichever language the page is; on the telephone, answers the call too."""
        await self.page.locator("#start").click()
        if await self.page.locator("#phone").get_attribute("data-channel") == "voice":
            await self.page.locator("[data-call=ringing] .green").click()
        await self.hears(first_words)
        return self

    async def says(self, text: str) -> None:
        await self.page.locator(".compose").fill(text)
        await self.page.locator(".compose").press("Enter")

    async def presses(self, label: str) -> None:
        await self.page.locator(".choices").get_by_role("button", name=label, exact=True).last.click()

    async def dials(self, keys: str) -> None:
        for key in keys:
            await self.page.locator(f"[data-key='{key}']").click()

    async def hears(self, words: str) -> None:
        """The phone shows these words (on a telephone: as a caption)."""
        await expect(self.log.get_by_text(words).last).to_be_visible(timeout=15_000)

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    def answer(self, node: str) -> Locator:
        return self.page.locator("#answers li", has=self.page.locator(".node", has_text=node))

    @property
    def case(self) -> Locator:
        return self.page.locator(".case")

    @property
    def understood(self) -> Locator:
        return self.page.locator("#understood")
