"""Pages: what is not shown, rows as written, and elements without a space between them."""

import pytest

from meeting_pipeline.providers.imported.html_text import html_text
from meeting_pipeline_tests.providers.imported.reading_sources import export_of, turns


def test_no_talk_of_a_turkish_page_is_lost_behind_a_script() -> None:
    dotted = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}" * 9
    text = f"<html><p>00:03 Ana: {dotted}</p><SCRIPT>x=1</Script ><p>00:08 Can: Bütçe bin lira.</p></html>"
    assert turns(export_of(text, "a.html")) == [("Ana", dotted), ("Can", "Bütçe bin lira.")]


def test_an_element_that_is_not_shown_ends_with_its_own_name() -> None:
    long_s = "\N{LATIN SMALL LETTER LONG S}"
    assert html_text(f"<p>a</p><script>'</{long_s}cript>'</script><p>b</p>").split() == ["a", "b"]
    assert html_text("<p>a</p><script>x").split() == ["a"]


@pytest.mark.parametrize("name", ["pre", "textarea"])
def test_rows_of_preformatted_text_stay_rows(name: str) -> None:
    rows = "[00:03] Ana Lopez: Good morning.\n[00:07] Ben Cho: Hello,\n[00:09] Ana Lopez: shall we?\n"
    text = f'<html><body><{name} style="a">{rows}</{name}></body></html>'
    assert turns(export_of(text, "a.html")) == [
        ("Ana Lopez", "Good morning."), ("Ben Cho", "Hello,"), ("Ana Lopez", "shall we?"),
    ]  # fmt: skip


def test_rows_behind_preformatted_text_are_joined_again() -> None:
    assert html_text("<pre>a\nb</pre><p>c\nd</p>").strip().split("\n") == ["a", "b", "", "c d"]


def test_a_name_and_a_time_in_neighbouring_elements_are_apart() -> None:
    said = [
        ("Ana Lopez", "00:03", "Good morning."),
        ("Ben Cho", "00:07", "Hello."),
        ("Ana Lopez", "00:09", "Shall we?"),
    ]
    text = "".join(f"<div><span>{name}</span><span>{at}</span><div>{words}</div></div>" for name, at, words in said)
    assert turns(export_of(f"<html><body>{text}</body></html>", "a.html")) == [(name, words) for name, _, words in said]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>wo</b>rd", "word"),
        ("<span>wo</span><span>rd</span>", "word"),
        ("<b>i</b><i>Phone</i>", "iPhone"),
        ("<span>U.</span><span>S.</span>", "U.S."),
        ("<span>COVID</span><span>19</span>", "COVID19"),
        ("<span>3</span><span>rd</span>", "3rd"),
        ("<a><span>Ana Lopez</span></a><time>0:03</time>", "Ana Lopez 0:03"),
        ("<span>0:03</span><!-- a --><span>good day</span>", "0:03 good day"),
        ("<span>10:03 AM</span><span></span><span>good day</span>", "10:03 AM good day"),
        ("<span>Ana Lopez</span><span>Good day</span>", "Ana Lopez Good day"),
        ("<span>Ana Lopez </span><span>0:03</span>", "Ana Lopez 0:03"),
        ("<span>Ana Lopez</span> <span>0:03</span>", "Ana Lopez 0:03"),
    ],
)
def test_only_elements_with_a_whole_text_are_apart(text: str, shown: str) -> None:
    assert html_text(text) == shown
