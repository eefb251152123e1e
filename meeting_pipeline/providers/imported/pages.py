"""What a page repeats and nobody said: ``Page 2 of 3``, the title above it, and the numbers of the rows.

Programs that turn a document into text leave them between the words of a turn. Numbers must count up through the file.
Must not go here: parts of a document that are no text (``docx_text.py``).
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_NUMBER: Final = re.compile(
    r"(?P<word>page|seite|página|pagina|strona|страница|стр\.|pag\.|p\.|ページ)?\s{0,3}[-\N{EN DASH}]?\s{0,2}(?P<at>\d{1,4})"
    r"\s{0,2}(?:(?P<of>of|von|de|di|sur|z|из|van|/)\s{0,3}\d{1,4})?\s{0,2}[-\N{EN DASH}]?",
    re.IGNORECASE,
)
_TITLED: Final = re.compile(
    r"(?P<title>\S.{0,100}?)(?:\s{2,80}|\t|\s[|\N{EN DASH}-]\s)(?:page|seite|página|pagina|strona|страница|стр\.|pag\.)\s{1,3}"
    r"(?P<at>\d{1,4})(?:\s{0,2}(?:of|von|de|di|sur|z|из|van|/)\s{0,3}\d{1,4})?",
    re.IGNORECASE,
)
_FEED: Final = "\f"
_ROW_NUMBER: Final = re.compile(r"\s{0,9}(?P<at>\d{1,2})[ ]{2,40}")
_NEARLY_ALL: Final = 0.9
_FEWEST_ROWS: Final = 5
_LONGEST_TITLE: Final = 120
_FEWEST_PAGES: Final = 2


def without_pages(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines without numbers of pages, titles that stand beside them, and numbers of rows; and what was taken out."""
    numbered = _row_numbers(lines)
    if numbered:
        kept = [line[len(mark) :] for line, mark in zip(lines, numbered, strict=True)]
        return without_titles(kept, [mark for mark in numbered if mark])
    return without_titles(list(lines), [])


def without_titles(lines: list[str], taken: list[str]) -> tuple[list[str], list[str]]:
    """The lines without numbers of pages and the titles beside them; what was taken out is added to ``taken``."""
    numbers = _page_numbers(lines)
    if not numbers:
        return lines, taken
    beside = Counter(line for place in numbers for at in (place - 1, place + 1) if (line := _title(lines, at)))
    everywhere = Counter(line.strip() for line in lines)
    titles = {
        line
        for line, count in beside.items()
        if count >= max(_FEWEST_PAGES, len(numbers) - 1) and count == everywhere[line]
    }
    out = set(numbers) | {at for place in numbers for at in (place - 1, place + 1) if _title(lines, at) in titles}
    kept = [line for place, line in enumerate(lines) if place not in out]
    return kept, [*taken, *(lines[place] for place in sorted(out))]


def _title(lines: Sequence[str], place: int) -> str:
    line = lines[place].strip() if 0 <= place < len(lines) else ""
    return line if len(line) <= _LONGEST_TITLE else ""


def _page_numbers(lines: Sequence[str]) -> list[int]:
    """Places of rows with only the number of a page; each is one more than the one before it."""
    found = []
    titles = set()
    for place, line in enumerate(lines):
        row = line.strip()
        titled = _TITLED.fullmatch(row) if row[-1:].isdigit() and len(row) <= _LONGEST_TITLE else None
        if titled is not None:
            titles.add(titled["title"])
            found.append((place, int(titled["at"])))
            continue
        match = _NUMBER.fullmatch(row) if row and len(row) <= 30 and any(map(str.isdigit, row)) else None
        if match is None:
            continue
        fed = _FEED in line or any(_FEED in lines[at] for at in (place - 1, place + 1) if 0 <= at < len(lines))
        edge = any(not lines[at].strip() for at in range(max(0, place - 2), min(len(lines), place + 2)))
        marked = match["word"] or match["of"] or row.startswith(("-", "\N{EN DASH}"))
        if fed or (marked and (edge or place == 0)):
            found.append((place, int(match["at"])))
    in_order = all(after == before + 1 for (_, before), (_, after) in pairwise(found))
    return [place for place, _ in found] if len(found) >= _FEWEST_PAGES and in_order and len(titles) <= 1 else []


def _row_numbers(lines: Sequence[str]) -> list[str]:
    """The number before each row, with its space; empty if they do not count up, from 1 on each page."""
    marks = [_ROW_NUMBER.match(line) for line in lines]
    filled = sum(bool(line.strip()) for line in lines)
    numbers = [int(mark["at"]) for mark in marks if mark]
    if len(numbers) < max(_FEWEST_ROWS, _NEARLY_ALL * filled) or numbers[0] != 1:
        return []
    counting = sum(after in (before + 1, 1) for before, after in pairwise(numbers))
    return [mark[0] if mark else "" for mark in marks] if counting >= _NEARLY_ALL * (len(numbers) - 1) else []
