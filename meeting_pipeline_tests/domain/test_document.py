"""Spoken words can never become markup."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from meeting_pipeline.domain.document import (
    Block,
    Entry,
    Heading,
    Notice,
    Paragraph,
    Speech,
    escape_markdown,
    to_markdown,
    to_text,
)
from meeting_pipeline.domain.text import one_line

_OWN_TAGS = {"h1", "h2", "h3", "p", "blockquote", "ul", "li", "strong"}
_GFM_LINKS = re.compile(
    r"(?:https?|ftp)://|www\.|[\w.+-]+@[\w-]+\.|(?:mailto|xmpp):[^\u2060]*@[^\u2060]", re.IGNORECASE
)
"""What GitHub's extension turns into links after it resolves the escapes."""

HOSTILE = [
    "<script>alert(1)</script>",
    "![x](https://evil.example/pixel.png)",
    "[click](javascript:alert(1))",
    "https://evil.example and www.evil.example and a@evil.example",
    "<https://evil.example>",
    "# heading",
    "- item",
    "1. item",
    "1) item",
    "+ item",
    "===",
    "---",
    "> quote",
    "`code` ```",
    "a\n\n# b",
    "| a | b |\n|---|---|",
    "~~gone~~ **bold** _em_",
    "&lt;b&gt; &#x3c;",
    "\\[x\\](y)",
    "[ref]: https://evil.example",
    ":::note",
    "$x$ [^1]",
    "    indented",
    "\x1b[31mred\x1b[0m",
    "\u202etxt.exe",
    "\ud800",
    "",
]
_text = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters()),
    st.text("<>[]()!*_`#-+=1. \n\\&|~@:/wWa", max_size=40),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map(" ".join),
)
_block = st.one_of(
    st.builds(Heading, st.integers(1, 3), _text),
    st.builds(Paragraph, _text),
    st.builds(Notice, _text),
    st.builds(Entry, _text, st.lists(_text, max_size=3).map(tuple)),
    st.builds(Speech, _text, _text),
)


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(markdown: str) -> _Page:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return _Page(parser.render(markdown))


def words(text: str) -> str:
    return "".join(one_line(text).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_shown_letter_by_letter(text: str) -> None:
    page = rendered(to_markdown([Paragraph(text)]))
    assert page.tags == {"p"}
    assert words(page.text) == (words(text) or "(empty)")


@given(st.lists(_block, min_size=1, max_size=6))
def test_only_our_own_elements_are_in_the_rendered_markdown(blocks: list[Block]) -> None:
    page = rendered(to_markdown(blocks))
    assert page.tags <= _OWN_TAGS
    assert _GFM_LINKS.search(page.text) is None


@given(st.lists(st.builds(Entry, _text, st.lists(_text.filter(words), max_size=3).map(tuple)), min_size=1, max_size=3))
def test_every_word_of_an_entry_is_shown_in_markdown(entries: list[Entry]) -> None:
    expected = "".join((words(e.text) or "(empty)") + "".join(words(d) for d in e.details) for e in entries)
    assert words(rendered(to_markdown(entries)).text) == expected


@given(_text)
def test_escaped_text_is_one_line_without_control_characters(text: str) -> None:
    escaped = escape_markdown(text)
    assert len(escaped.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", escaped)


@given(st.lists(_block, min_size=1, max_size=6))
def test_plain_text_holds_no_control_characters_but_line_feeds(blocks: list[Block]) -> None:
    text = to_text(blocks)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    text.encode("utf-8")


def test_ordinary_text_stays_readable_in_the_markdown_source() -> None:
    assert escape_markdown("Anna's plan (v2.1): ship 3 units, 10% off; e.g. Monday.") == (
        "Anna's plan (v2.1): ship 3 units, 10% off; e.g. Monday."
    )


def test_words_from_right_to_left_do_not_reorder_what_stands_around_them() -> None:
    said = Speech("0:00:20 \u05d9\u05d5\u05e1\u05d9:", "\u05ea\u05d5\u05d3\u05d4, 13:30.")
    task = Entry("\u05dc\u05e9\u05dc\u05d5\u05d7", ("Owner: \u05d9\u05d5\u05e1\u05d9", "Due: Friday"))
    for shown in (to_markdown([said, task]), to_text([said, task])):
        assert shown.count("\u2068") == shown.count("\u2069") == 4
        assert "Owner: \u2068\u05d9\u05d5\u05e1\u05d9\u2069" in shown
        assert "Due: Friday" in shown


def test_other_texts_hold_no_marks_of_direction() -> None:
    assert "\u2068" not in to_markdown([Speech("0:00:20 Ann:", "Thanks."), Entry("Send it", ("Owner: Ann",))])
