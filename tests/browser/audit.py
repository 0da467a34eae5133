"""Ask axe-core what of WCAG 2.2 AA a page breaks."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

_RUN = "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})"


def violations(page: Page) -> list[str]:
    """Return one line for each rule that the page breaks: rule, what it wants, and the first places.

    The script is put in by the debugger, which a content security policy does not bind.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = page.evaluate(_RUN, list(RULES))
    return [_line(broken) for broken in found["violations"]]


def _line(broken: dict[str, Any]) -> str:
    nodes = broken["nodes"]
    places = "; ".join(f"{' '.join(map(str, node['target']))} → {_why(node)}" for node in nodes[:3])
    return f"{broken['id']} ({len(nodes)}): {broken['help']}: {places}"


def _why(node: dict[str, Any]) -> str:
    said = [check["message"] for part in ("any", "all", "none") for check in node[part]]
    return str(said[0]) if said else str(node["html"])[:120]
