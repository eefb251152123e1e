"""The documentation pages and helpers to parse them. Must not go here: what they should contain (the tests)."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *(page for page in DOCS.rglob("*.md") if page.parent.name != "adr")])
"""Decision records are left out: they are history, and may mention things that no longer exist."""


def text_of(name: str) -> str:
    """The text of a page, by its path below ``docs/``."""
    return (DOCS / name).read_text(encoding="utf-8")


def part_of(page: str, marker: str) -> str:
    """The text between ``<!-- marker:begin -->`` and ``<!-- marker:end -->``, without a surrounding fence."""
    found = page.split(f"<!-- {marker}:begin -->")[1].split(f"<!-- {marker}:end -->")[0].strip()
    return re.sub(r"\A```\w*\n|\n```\Z", "", found)


def rows_of(table: str) -> list[list[str]]:
    """The cells of a Markdown table, without the header."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def anchors_of(page: str) -> set[str]:
    """The anchors of a page: its headings, slugified as MkDocs does it."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE):
        plain = re.sub(r"[^\w\s-]", "", heading.lower()).strip()
        found.add(re.sub(r"[-\s]+", "-", plain))
    return found


def links_of(page: str) -> list[str]:
    """Targets of links and pictures on a page, except those on other hosts."""
    prose = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    return re.findall(r"\]\((?!https?://)([^)\s]+)\)", prose)
