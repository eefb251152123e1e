"""Parts of a Word document that are no paragraph of the talk: tables, boxes, moved and hidden text, readings of letters.

Found with documents that a word processor wrote. A table was read cell by cell, so that the words of its first row were lost.
"""

from pathlib import Path

import pytest

from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline_tests.providers.imported.formats.test_structured_formats import docx, paragraphs

Said = list[tuple[str | None, str]]
HEADS = ("Ana Lopez   0:03", "Ben Ode   0:09", "Ana Lopez   1:15")


def read(tmp_path: Path, body: str) -> Said:
    path = tmp_path / "a.docx"
    path.write_bytes(docx(body))
    transcript = read_transcript(path)
    return [(transcript.speaker_names.get(each.speaker), each.text) for each in transcript.segments]


def run(text: str, properties: str = "") -> str:
    return f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


def talk(first: str, second: str = run("I will send it.")) -> str:
    """A talk of three turns. ``first`` and ``second``: what is in the paragraphs of the first two."""
    return (
        f"{paragraphs(HEADS[0])}<w:p>{first}</w:p>{paragraphs(HEADS[1])}<w:p>{second}</w:p>"
        f"{paragraphs(HEADS[2], 'Thank you.')}"
    )


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<w:tc>{paragraphs(*cell.split('|'))}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{each}</w:tr>' for each in cells)}</w:tbl>"


@pytest.mark.parametrize(
    "rows",
    [
        [("Speaker", "Text", "Time"), ("Ana Lopez", "Good morning.", "00:03"), ("Ben Ode", "I will send it.", "00:09")],
        [("No.", "Start", "Speaker", "Text"), ("1", "00:03", "Ana Lopez", "Good|morning."),
         ("2", "00:09", "Ben Ode", "I will send it.")],
        [("Zeit", "Sprecher", "Text"), ("00:03", "Ana Lopez", "Good morning."), ("00:09", "Ben Ode", "I will send it.")],
        [("00:03", "Ana Lopez", "Good morning."), ("00:09", "Ben Ode", "I will send it.")],
    ],
)  # fmt: skip
def test_a_row_of_a_table_is_a_turn(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    assert read(tmp_path, table(*rows)) == [("Ana Lopez", "Good morning."), ("Ben Ode", "I will send it.")]


def test_a_table_that_only_places_the_text_is_read_as_paragraphs(tmp_path: Path) -> None:
    body = table(
        ("", "Ana Lopez   0:03|Good morning."),
        ("", "Ben Ode   0:09|I will send it."),
        ("", "Ana Lopez   1:15|Thank you."),
    )
    assert read(tmp_path, body) == [
        ("Ana Lopez", "Good morning."),
        ("Ben Ode", "I will send it."),
        ("Ana Lopez", "Thank you."),
    ]


def test_moved_text_is_read_where_it_is_now(tmp_path: Path) -> None:
    said = read(
        tmp_path,
        talk(
            f'{run("Good morning. ")}<w:moveFrom w:author="x">{run("See you on Friday.")}</w:moveFrom>',
            f'{run("I will send it. ")}<w:moveTo w:author="x">{run("See you on Friday.")}</w:moveTo>',
        ),
    )
    assert said[:2] == [("Ana Lopez", "Good morning."), ("Ben Ode", "I will send it. See you on Friday.")]


def test_a_box_is_not_within_a_sentence(tmp_path: Path) -> None:
    box = f"<w:r><w:pict><w:txbxContent>{paragraphs('Confidential draft')}</w:txbxContent></w:pict></w:r>"
    assert read(tmp_path, talk(f"{run('Good ')}{box}{run('morning.')}"))[0] == ("Ana Lopez", "Good morning.")


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        (run("Good ") + run("and secret ", "<w:rPr><w:vanish/></w:rPr>") + run("morning."), "Good morning."),
        (run("Good ") + run("open ", '<w:rPr><w:vanish w:val="0"/></w:rPr>') + run("morning."), "Good open morning."),
        (f"{run('The co')}<w:r><w:noBreakHyphen/></w:r>{run('op.')}", "The co-op."),
        (f"<w:r><w:ruby><w:rt>{run('かいぎ')}</w:rt><w:rubyBase>{run('会議')}</w:rubyBase></w:ruby></w:r>", "会議"),
    ],
)  # fmt: skip
def test_what_a_reader_does_not_see_was_not_said(tmp_path: Path, inside: str, shown: str) -> None:
    assert read(tmp_path, talk(inside))[0] == ("Ana Lopez", shown)
