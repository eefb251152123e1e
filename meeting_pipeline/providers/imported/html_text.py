"""The text of an HTML page: a row for each paragraph, without scripts and styles.

Python's parser takes quadratic time on crafted pages; this one reads each character once.
Must not go here: what the text means.
"""

import html
import re
from typing import Final

from meeting_pipeline.domain.verification.wordlists import listed

_BEGIN: Final = re.compile(
    r"\s{0,99}+(?:<!--.{0,1000}?-->\s{0,99}+)?(?:<!doctype\s{1,9}html\b"
    r"|<(?:html|body)[\s>]|<(?:div|p|h[1-6]|table|ul|ol|span|section|article|main|b|strong|br)[\s>/](?=.{0,3000}?</[a-z]))",
    re.IGNORECASE | re.DOTALL,
)
_TAG: Final = re.compile(
    r"<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:-]{0,40}+)(?P<rest>[^<>]{0,20000}+)>|<![^<>]{0,2000}+>|<\?[^<>]{0,2000}+>"
)
_ROWS: Final = listed("""
    p div br hr li ul ol tr table section article header footer blockquote pre dt dd h1 h2 h3 h4 h5 h6 body title main figure
    option button
""")
_UNSEEN: Final = ("script", "style", "noscript", "template", "title", "svg", "head")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z][a-zA-Z0-9]{1,31};)")
_SPACES: Final = re.compile(r"[ \t\r\f\n]{1,}+")


def is_html(text: str) -> bool:
    """Whether a text is a page, rather than talk that mentions a tag."""
    return _BEGIN.match(text[:3000]) is not None


def html_text(text: str) -> str:
    """The text that a browser shows."""
    parts: list[str] = []
    lower = text.lower()
    at = 0
    in_row = False
    while at < len(text):
        tag = text.find("<", at)
        if tag < 0:
            break
        parts.append(_shown(text[at:tag]))
        if text.startswith("<!--", tag):
            at = _behind(text, "-->", tag)
            continue
        found = _TAG.match(text, tag)
        if found is None:
            parts.append("<")
            at = tag + 1
            continue
        at = found.end()
        name = (found["name"] or "").lower()
        if name in _UNSEEN and not found["close"] and not found["rest"].endswith("/"):
            at = _behind(lower, f"</{name}", at)
            at = _behind(text, ">", at)
        elif name in _ROWS:
            parts.append("\n")
        elif name in ("td", "th") and not found["close"]:
            parts.append("\t" if in_row else "")
            in_row = True
        if name == "tr":
            in_row = False
    parts.append(_shown(text[at:]))
    return "".join(parts)


def _behind(text: str, mark: str, at: int) -> int:
    """Behind the next mark. What is not closed hides the rest of the page, as in browsers."""
    found = text.find(mark, at)
    return len(text) if found < 0 else found + len(mark)


def _shown(text: str) -> str:
    plain = _SPACES.sub(" ", text)
    return _ENTITY.sub(lambda found: html.unescape(found[0]), plain) if "&" in plain else plain
