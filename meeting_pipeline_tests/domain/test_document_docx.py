"""Minutes in Word say what the Markdown says, in Word's own structure, whatever was spoken."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from meeting_pipeline.domain.document import Block, Entry, Heading, Notice, Paragraph, Speech
from meeting_pipeline.domain.document_docx import COLUMNS, Properties, to_docx
from meeting_pipeline.domain.minutes import minutes_docx
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline_tests.domain.meetings import meeting, segment, transcript
from meeting_pipeline_tests.domain.results import changed

HEBREW = "לשלוח את הצעת המחיר של Acme Turbo 3 ללקוח"


def opened(body: bytes) -> DocxDocument:
    return Document(io.BytesIO(body))


def document(*blocks: Block) -> DocxDocument:
    record = meeting()
    assert record.completed_at is not None
    return opened(to_docx(blocks, Properties("Weekly", record.completed_at, 1)))


def items(number: int, **fields: Any) -> MeetingRecord:
    record = meeting()
    assert record.action_items
    item = record.action_items[0]
    found = tuple(item.model_copy(update={"task": f"Task {i}", **fields}) for i in range(number))
    return changed(record, action_items=found)


def rows(found: DocxDocument, table: int) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in found.tables[table].rows]


def words(found: DocxDocument) -> str:
    return "\n".join(paragraph.text for paragraph in found.paragraphs)


def test_sections_are_headings_that_word_lists_in_its_outline() -> None:
    found = opened(minutes_docx(meeting()))
    styled = [(one.style.name, one.text) for one in found.paragraphs if one.style is not None]
    assert ("Title", "Weekly") in styled
    headings = [text for style, text in styled if style == "Heading 1"]
    assert headings == ["Summary", "Decisions", "Action items", "Speakers", "Made by"]
    assert ("Heading 2", "Topics") in styled


def test_decisions_and_action_items_are_tables_with_evidence() -> None:
    found = opened(minutes_docx(meeting()))
    assert rows(found, 0) == [
        ["Decision", "Decided by", "Said"],
        ["Ship on Monday", "Anna Berg, Carl", "Said at 1:02:05: “we ship on Monday”"],
    ]
    assert rows(found, 1) == [
        ["Task", "Owner", "Due", "Said"],
        [
            "Send the offer",
            "Speaker B",
            "2026-03-06 (“by Friday”)",
            "Said at 0:01:05: “I will send the offer by Friday.”",
        ],
    ]


def test_a_long_table_repeats_its_head_on_each_page_and_cuts_no_row() -> None:
    table = opened(minutes_docx(items(60))).tables[1]
    first, *others = (row._tr.trPr for row in table.rows)
    assert len(others) == 60
    assert first is not None
    assert first.find(qn("w:tblHeader")) is not None
    assert all(one is not None and one.find(qn("w:cantSplit")) is not None for one in others)


def test_cells_are_as_wide_as_their_columns() -> None:
    table = opened(minutes_docx(items(2))).tables[1]
    assert [[cell.width for cell in row.cells] for row in table.rows] == [
        [column.width for column in table.columns]
    ] * 3


def test_entries_with_many_fields_are_a_list_because_no_page_is_so_wide() -> None:
    fields = tuple((f"Field {i}", f"value {i}") for i in range(COLUMNS))
    found = document(Entry("Wide", ("Said by all",), "Risk", fields), Entry("Narrow", (), "Risk", fields[:1]))
    assert found.tables == []
    assert [one for one in words(found).splitlines() if one] == [
        "Wide", *(f"{title}: {value}" for title, value in fields), "Said by all", "Narrow", "Field 0: value 0",
    ]  # fmt: skip


def test_a_field_that_only_some_entries_have_leaves_the_cells_of_the_others_empty() -> None:
    found = document(Entry("One", (), "Decision", (("By", "Ada"),)), Entry("Two", ("At noon",), "Decision"))
    assert rows(found, 0) == [["Decision", "By", "Said"], ["One", "Ada", ""], ["Two", "", "At noon"]]


def test_the_transcript_is_left_out_unless_asked_for() -> None:
    assert "Welcome to the weekly." not in words(opened(minutes_docx(meeting())))
    assert "0:00:01 Anna Berg: Welcome to the weekly." in words(opened(minutes_docx(meeting(), with_transcript=True)))


def test_words_that_run_from_right_to_left_are_marked_as_such_and_others_are_not() -> None:
    found = opened(minutes_docx(items(1, task=HEBREW)))
    cell = found.tables[1].rows[1].cells[0].paragraphs[0]
    assert cell._p.pPr is not None
    assert cell._p.pPr.find(qn("w:bidi")) is not None
    names = [child.tag for child in cell._p.pPr]
    assert names.index(qn("w:bidi")) < names.index(qn("w:spacing")), "the order of the schema"
    assert cell.text == HEBREW
    assert [(run.text, bool(run.font.rtl)) for run in cell.runs] == [
        ("לשלוח את הצעת המחיר של ", True), ("Acme Turbo 3 ", False), ("ללקוח", True),
    ]  # fmt: skip
    owner = found.tables[1].rows[1].cells[1].paragraphs[0]
    assert owner._p.pPr is None or owner._p.pPr.find(qn("w:bidi")) is None
    assert not any(run.font.rtl for run in owner.runs)


def test_the_same_record_gives_the_same_bytes_and_names_no_author() -> None:
    record = meeting()
    body = minutes_docx(record)
    assert minutes_docx(record) == body
    said = opened(body).core_properties
    assert (said.title, said.author, said.last_modified_by, said.comments) == ("Weekly", "", "", "")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_a_title_of_any_length_fits_the_properties() -> None:
    assert len(opened(minutes_docx(meeting(title="x" * 300))).core_properties.title) == 255


_text = st.text(st.characters(exclude_categories=[]), max_size=40)


@given(st.lists(_text, min_size=6, max_size=6))
def test_no_text_breaks_the_file(texts: list[str]) -> None:
    one, two, three, four, five, six = texts
    record = meeting()
    assert record.completed_at is not None
    body = to_docx(
        [
            Heading(1, one), Heading(3, two), Notice(three), Paragraph(four), Speech(five, six),
            Entry(one, (two,)), Entry(three, (four,), "Task", (("Owner", five),)),
        ],
        Properties(six, record.completed_at, 0),
    )  # fmt: skip
    found = opened(body)
    assert len(found.tables) == 1
    assert len(found.tables[0].rows[1].cells) == 3


@pytest.mark.parametrize("bad", ["\x00", "\ud800", "\ufffe", "\uffff", "\x0b", "a\U0001ffff"])
def test_what_xml_does_not_allow_is_replaced_and_the_rest_stays(bad: str) -> None:
    assert "before" in words(document(Paragraph(f"before {bad} after")))


@pytest.mark.slow
@pytest.mark.processes
def test_libreoffice_opens_it_with_every_word(tmp_path: Path) -> None:
    """Takes seconds: an office program starts."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed: Debian's package is libreoffice-writer-nogui")
    spoken = transcript(segment(0, "A", "Welcome to the weekly.", 1000), segment(1, "B", HEBREW, 65_000))
    path = tmp_path / "minutes.docx"
    path.write_bytes(
        minutes_docx(changed(meeting(transcript=spoken), action_items=items(60).action_items), with_transcript=True)
    )
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(tmp_path), str(path)],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    read = (tmp_path / "minutes.txt").read_text(encoding="utf-8-sig")
    for words_there in (
        "Weekly",
        "Decided by",
        "Ship on Monday",
        "Task 0",
        "Task 59",
        "Welcome to the weekly.",
        HEBREW,
    ):
        assert words_there in read
