"""Whether a page can be used by everybody: axe-core, in light and dark."""

from __future__ import annotations

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

SERIOUS = ("serious", "critical")


async def violations(page: Page) -> list[str]:
    """What axe-core finds on the page as it is now, by rule and place; minor things are left out."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} ({node.get('failureSummary', '')})"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


async def must_be_accessible(page: Page) -> None:
    """Fails on any serious violation, in light and in dark."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = await violations(page)
        assert found == [], "\n".join([f"{page.url} in {scheme}:", *found])
