"""Claims that the words of the meeting do not confirm, as readers see them: separate from the facts, each with the reasons.

Belongs here: the words and blocks for minutes, page and Dagster. Must not go here: which claims are withheld
(``judged_claims.py``).
"""

from collections.abc import Iterator
from typing import Any, Final

from meeting_pipeline.domain.document import Block, Entry, Heading, Paragraph
from meeting_pipeline.domain.insight_forms import Form, forms
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.insight_results import Topic
from meeting_pipeline.domain.item_text import quoted, status_line
from meeting_pipeline.domain.judged_claims import JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.text import clock
from meeting_pipeline.domain.verdicts import REASONS

NOT_CONFIRMED: Final = "Not confirmed by the words of the meeting"
_ADVICE: Final = "Compare each of these with the recording before you use it."


def reason_sentence(code: str) -> str:
    """A reason for people. A code without a sentence, of a newer version, is shown as it is."""
    return REASONS.get(code, code)


def reason_sentences(claim: JudgedClaim) -> str:
    """All reasons for a verdict, for people."""
    return " ".join(reason_sentence(code) for code in claim.reasons) or "No reason was given."


def unverified_section(record: MeetingRecord, insight: Insight) -> Iterator[Block]:
    """The withheld claims of an insight, below a separate heading; nothing if there are none."""
    claims = record.claims_withheld(insight)
    if not claims:
        return
    yield Heading(3, NOT_CONFIRMED)
    yield Paragraph(_ADVICE)
    for claim in claims:
        yield Entry(claim.text, tuple(_details(claim, record)))


def _details(claim: JudgedClaim, record: MeetingRecord) -> Iterator[str]:
    yield f"Why: {reason_sentences(claim)}"
    form: Form[Any] = forms()[claim.insight]
    if isinstance(form, ListForm):
        yield from (f"{title}: {value}" for title, value in form.facts(claim.value, record))
        yield from status_line(claim.value, record)
    if isinstance(claim.value, Topic):
        yield f"{clock(claim.value.start_ms)} to {clock(claim.value.end_ms)}"
    yield from place(claim, record)


def place(claim: JudgedClaim, record: MeetingRecord) -> Iterator[str]:
    """The quote that a claim rests on, or at least where it was said."""
    evidence = claim.evidence
    if evidence is None:
        return
    start_ms = record.start_ms(evidence.segment_ids)
    if evidence.quote:
        yield quoted(evidence, record)
    elif start_ms is not None:
        yield f"Based on what was said at {clock(start_ms)}"
