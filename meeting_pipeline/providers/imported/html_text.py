"""The text of an HTML page: a row for each paragraph, without scripts and styles.

Not by Python's own parser, which takes quadratic time on crafted pages. This one reads each character once.
Must not go here: what the text means.
"""

import html
import re
from typing import Final

from meeting_pipeline.domain.word_sets import word_set

_BEGIN: Final = re.compile(
    r"\s{0,99}+(?:<!--.{0,1000}?-->\s{0,99}+)?(?:<!doctype\s{1,9}html\b"
    r"|<(?:html|body)[\s>]|<(?:div|p|h[1-6]|table|ul|ol|span|section|article|main|b|strong|br)[\s>/](?=.{0,3000}?</[a-z]))",
    re.IGNORECASE | re.DOTALL,
)
_TAG: Final = re.compile(
    r"<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:-]{0,40}+)(?P<rest>[^<>]{0,20000}+)>|<![^<>]{0,2000}+>|<\?[^<>]{0,2000}+>"
)
_ROWS: Final = word_set("""
    p div br hr li ul ol tr table section article header footer blockquote pre dt dd h1 h2 h3 h4 h5 h6 body title main figure
    option button textarea
""")
_UNSEEN: Final = ("script", "style", "noscript", "template", "title", "svg", "head")
_UNSEEN_END: Final = re.compile(r"</(?P<name>script|style|noscript|template|title|svg|head)", re.IGNORECASE | re.ASCII)
"""Not searched in the page in small letters, where a Turkish capital I with a dot has become two characters."""
_AS_WRITTEN: Final = ("pre", "textarea")
"""Elements in which the ends of rows count."""
_INLINE: Final = word_set("span a b strong i em u time small label cite font bdi")
_TEXT, _CLOSED, _OPENED = range(3)
"""What was seen last: text, the end of an inline element behind it, the begin of another one behind that."""
_TIME_FIRST: Final = re.compile(r"[\[(]?\d{1,3}:\d{2}")
_TIME_LAST: Final = re.compile(r"\d:\d{2}(?:[.,]\d{1,3})?(?:\s?[AaPp]\.?[Mm]\.?)?[\])]?$")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z][a-zA-Z0-9]{1,31};)")
_SPACES: Final = re.compile(r"[ \t\r\f\n]{1,}+")


def is_html(text: str) -> bool:
    """Whether a text is a page, rather than talk that mentions a tag."""
    return _BEGIN.match(text[:3000]) is not None


def html_text(text: str) -> str:
    """The text that a browser shows."""
    page = _Page()
    at = 0
    while at < len(text):
        tag = text.find("<", at)
        page.add_text(text[at : tag if tag >= 0 else len(text)])
        if tag < 0:
            break
        if text.startswith("<!--", tag):
            at = _behind(text, "-->", tag)
            continue
        found = _TAG.match(text, tag)
        if found is None:
            page.add_text("<")
            at = tag + 1
            continue
        at = found.end()
        name = (found["name"] or "").lower()
        if name in _UNSEEN and not found["close"] and not found["rest"].endswith("/"):
            ends = (end for end in _UNSEEN_END.finditer(text, at) if end["name"].lower() == name)
            closing = next(ends, None)
            at = _behind(text, ">", closing.end()) if closing else len(text)
        else:
            page.add_tag(name, closes=bool(found["close"]))
    return "".join(page.parts)


class _Page:
    """The text so far, and in which elements it ends."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._in_row = False
        self._as_written = 0
        self._last = ""
        self._seen = _TEXT

    def add_text(self, text: str) -> None:
        """Text between two tags."""
        if not text:
            return
        shown = _shown(text, as_written=self._as_written > 0)
        if self._seen == _OPENED and _stand_apart(self._last, shown):
            self.parts.append(" ")
        self.parts.append(shown)
        self._last, self._seen = shown, _TEXT

    def add_tag(self, name: str, *, closes: bool) -> None:
        """The begin or end of an element that is shown."""
        if name in _ROWS:
            self.parts.append("\n")
            self._seen = _TEXT
        elif name in ("td", "th"):
            self._seen = _TEXT
            if not closes:
                self.parts.append("\t" if self._in_row else "")
                self._in_row = True
        elif name in _INLINE and closes:
            self._seen = max(self._seen, _CLOSED)
        elif name in _INLINE and self._seen == _CLOSED:
            self._seen = _OPENED
        if name == "tr":
            self._in_row = False
        if name in _AS_WRITTEN:
            self._as_written = max(0, self._as_written + (-1 if closes else 1))


def _stand_apart(before: str, behind: str) -> bool:
    """Whether two elements without a space between them have a whole text each, and no parts of one word.

    One is a time, or a small letter comes before a capital. Pages put such elements apart with styles.
    """
    if before[-1:].isspace() or behind[:1].isspace():
        return False
    if _TIME_FIRST.match(behind) or _TIME_LAST.search(before[-20:]):
        return True
    return len(before.strip()) > 1 and before.rstrip(".?!:)]")[-1:].islower() and behind[:1].isupper()


def _behind(text: str, mark: str, at: int) -> int:
    """Behind the next mark. What is not closed hides the rest of the page, as in browsers."""
    found = text.find(mark, at)
    return len(text) if found < 0 else found + len(mark)


def _shown(text: str, *, as_written: bool) -> str:
    plain = text if as_written else _SPACES.sub(" ", text)
    return _ENTITY.sub(lambda found: html.unescape(found[0]), plain) if "&" in plain else plain
