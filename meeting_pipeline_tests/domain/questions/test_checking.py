"""What of an answer is shown: names become the speakers that they mean, and every way of saying more than was said is refused."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from meeting_pipeline.domain.questions.checking import Citation, CitedMeeting, Drafted, proven
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline_tests.store.samples import transcript

SAID = "I will send the price list to the customer by Friday."


def cited(*talk: str, names: dict[str, str] | None = None, shown: Sequence[int] | None = None) -> CitedMeeting:
    given = names if names is not None else {"A": "Anna Berg", "B": "Ben O'Brien"}
    made = transcript(*talk).model_copy(update={"speaker_names": given})
    record = MeetingRecord(
        key="k", title="Weekly", original_name="m.wav", meeting_date=date(2025, 3, 14), duration_ms=1000,
        status=RecordingStatus.COMPLETED, stage=Stage.DONE, revision=1, submitted_at=datetime.now(UTC),
        completed_at=None, transcript=made,
    )  # fmt: skip
    return CitedMeeting(record, (), range(len(talk)) if shown is None else shown)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Anna Berg sends it.", "{A} sends it."),
        ("anna BERG and Ben.", "{A} and {B}."),
        ("Anna's list goes to Ben O'Brien's team.", "{A}'s list goes to {B}'s team."),
        ("Speaker B and {A}", "{B} and (A)"),
        ("Annabelle and Bergen", "Annabelle and Bergen"),
        ("Anna, Berg", "{A}, {A}"),
        ("", ""),
    ],
)
def test_names_become_marks(text: str, marked: str) -> None:
    assert cited("Hello.", "Hi.").marked(text) == marked


def test_a_name_that_two_speakers_share_is_nobodys_mark() -> None:
    meeting = cited("Hello.", "Hi.", names={"A": "Anna Berg", "B": "Anna Adler"})
    assert meeting.marked("Anna and Anna Adler and Berg") == "Anna and {B} and {A}"


def test_names_of_odd_characters_break_nothing() -> None:
    for name in ("", "()[*", "{A}", "\\", "  ", "李雷", "-"):
        assert isinstance(cited("Hello.", "Hi.", names={"A": name}).marked("A (*) {A} 李雷 \\ x"), str)


def shows(text: str, *quotes: str, talk: Sequence[str]) -> bool:
    ids = tuple(range(len(talk)))
    drafted = Drafted(text, tuple(Citation("k", ids, quote) for quote in quotes or talk[:1]))
    return proven(drafted, {"k": cited(*talk)}) is not None


@pytest.mark.parametrize(
    ("text", "quote", "talk"),
    [
        ("Anna said that the export was fixed on Monday.", "The export was fixed on Monday.", ()),
        ("The export was fixed on Monday.", "The export was fixed on Monday.", ()),
        ("The price list will be sent to the customer by Friday.", SAID, ()),
        ("Anna might send the price list to the customer.", SAID, ()),
        ("Anna asked whether the export was fixed.", "Was the export fixed?", ("No idea.",)),
        ("Anna suggested that they could move the office to Berlin.", "Maybe we could move the office to Berlin.", ()),
        ("We decided to ship the release in two steps.", "We decided to ship the release in two steps.", ()),
        ("The budget is 40 thousand euros.", "The budget is forty thousand euros.", ()),
        ("The budget is not 50 thousand euros.", "The budget is not 50 thousand euros.", ()),
        ("We will not move the office.", "We will not move the office.", ("No, we won't.",)),
    ],
)
def test_what_was_said_is_shown(text: str, quote: str, talk: tuple[str, ...]) -> None:
    assert shows(text, quote, talk=(quote, *talk, "Good."))


@pytest.mark.parametrize(
    ("text", "quote", "talk"),
    [
        ("Ben said that the export was fixed on Monday.", "The export was fixed on Monday.", ()),
        ("The price rises to 50.", "The price rises to 50.", ("No, to 60.",)),
        ("Anna wants the blue screws.", "I want the blue screws.", ("Sorry, I mean the green ones.",)),
        ("We sold the office.", "We sold the office.", ("Wrong, that deal fell through.",)),
        ("Anna will order screws from Delta.", "I'll order screws from Delta.", ("Don't order from Delta.",)),
        ("Ben will send the price list to the customer.", SAID, ()),
        ("Anna promised Ben to send the price list.", SAID, ()),
        ("Anna kept the promise to send the price list to the customer.", SAID, ()),
        ("Anna promised to send the price list to the customer and has done so.", SAID, ()),
        ("The price list is ready and will be sent by Friday.", SAID, ()),
        ("Anna failed to send the price list to the customer.", SAID, ()),
        ("Anna has finished the price list for the customer.", SAID, ()),
        ("The price list was sent to the customer by Friday.", SAID, ()),
        ("Anna sent the price list. It went to the customer.", SAID, ()),
        ("Anna will send the price list to the customer by Friday. The invoice was paid.", SAID, ()),
        ("The export was fixed.", "Was the export fixed?", ("Yes.",)),
        ("Ben fixed the export.", "Was the export fixed?", ("Yes.",)),
        ("Anna will pay the invoice.", "Tom said he will pay the invoice.", ()),
        ("Nobody will send the price list.", SAID, ()),
        ("The price list costs 500 euros.", SAID, ()),
        ("Ja, die Preisliste ist fertig.", SAID, ()),
        ("x" * 700, SAID, ()),
        ("...", SAID, ()),
    ],
)
def test_what_was_not_said_is_not_shown(text: str, quote: str, talk: tuple[str, ...]) -> None:
    assert not shows(text, quote, talk=(quote, *talk, "Good."))


def test_a_true_and_an_invented_quote_together_prove_nothing() -> None:
    text = "Anna will send the price list to the customer by Friday."
    assert shows(text, SAID, talk=(SAID, "Good."))
    assert not shows(text, SAID, "The price list is done and sent.", talk=(SAID, "Good."))


def test_a_segment_that_the_model_was_not_shown_is_invented() -> None:
    drafted = Drafted("Anna will send the price list to the customer.", (Citation("k", (0,), SAID),))
    assert proven(drafted, {"k": cited(SAID, "Good.", shown=(1,))}) is None
    assert proven(drafted, {"k": cited(SAID, "Good.", shown=(0,))}) is not None
    assert proven(drafted, {}) is None
