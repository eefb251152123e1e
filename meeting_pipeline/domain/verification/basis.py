"""The basis of a claim: its evidence, the sentences of its quote, and the words near them.

Belongs here: finding that, and turning reasons into a verdict. Must not go here: the checks.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.evidence import shown_quote
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.verification.antecedents import antecedents, follows_a_question, preceding_words
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.number_words import ordinals_of
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.quotes import Quoted, find
from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import Sentence


@dataclass(frozen=True)
class Source:
    """What the analyst gives as the basis of a claim. ``shown`` holds the segments that it was given."""

    meeting: Meeting
    ids: Sequence[int]
    quote: str
    shown: Collection[int]

    @property
    def basis(self) -> "Basis":
        """The evidence, looked up. Ids of segments that were not shown to the analyst count as invented and are dropped."""
        cited = sorted({index for index in self.ids if index in self.shown and index in self.meeting.segments})
        quoted = find(self.meeting, cited, self.quote)
        kept = cited
        if quoted is not None and (len(cited) > policies.EVIDENCE_SEGMENTS or not set(quoted.ids) <= set(cited)):
            kept = quoted.ids
        evidence = Evidence(segment_ids=tuple(kept[: policies.EVIDENCE_SEGMENTS]), quote=shown_quote(self.quote))
        return Basis(self.meeting, evidence, quoted)


@dataclass(frozen=True)
class Basis:
    """The evidence of one claim. ``quoted`` is ``None`` if the quote is nowhere near the cited segments."""

    meeting: Meeting
    evidence: Evidence
    quoted: Quoted | None

    @cached_property
    def own(self) -> Sequence[Sentence]:
        """The sentences in which the quote is."""
        return self.quoted.sentences if self.quoted is not None else ()

    @cached_property
    def near(self) -> list[Sentence]:
        """The sentences of the cited segments and of their neighbours."""
        ids = sorted({*self.evidence.segment_ids, *(self.quoted.ids if self.quoted is not None else ())})
        return sentences_near(self.meeting, ids, self.own)

    def said(self, *, numbers: Collection[str] = (), names: Collection[str] = ()) -> Said:
        """What was said, with further numbers and words that may be used."""
        said = said_in(self.meeting, self.own, self.near, numbers=numbers, names=names)
        return replace(said, quoted_numbers=numbers_of(self.evidence.quote))


def sentences_near(meeting: Meeting, ids: Sequence[int], own: Sequence[Sentence] = ()) -> list[Sentence]:
    """The sentences of these segments and their neighbours; of very long segments those close to the quote."""
    reach = policies.VERIFIED_REACH_SENTENCES
    first, last = (own[0].segment, own[-1].segment) if own else (None, None)
    found: list[Sentence] = []
    for index in meeting.around(ids):
        sentences = meeting.sentences(index)
        if first is not None and index == first == last:
            middle = own[0].order % policies.VERIFIED_SENTENCES
            sentences = sentences[max(middle - reach, 0) : middle + len(own) + reach]
        elif first is not None and index < first:
            sentences = sentences[-reach:]
        else:
            sentences = sentences[:reach]
        found.extend(sentences)
    return found


def said_in(
    meeting: Meeting,
    own: Sequence[Sentence],
    near: Sequence[Sentence],
    *,
    numbers: Collection[str] = (),
    names: Collection[str] = (),
) -> Said:
    """What was said in these sentences, and the names of those who say it."""
    speaking = {sentence.speaker for sentence in near}
    known: frozenset[str] = frozenset().union(*(meeting.name_words.get(label, frozenset()) for label in speaking))
    if not own:
        return Said(own, near, known | frozenset(names), frozenset(numbers))
    nearby = {sentence.order for sentence in near}
    before = [sentence for sentence in antecedents(meeting, own) if sentence.order not in nearby]
    said = Said(
        own,
        near,
        known | frozenset(names) | months_of_days(meeting, (*before, *own, *near)),
        frozenset(numbers),
        mentioned=_names_before(before, own),
        replying=follows_a_question(meeting, own),
    )
    return replace(said, before=before, asked=preceding_words(meeting, own)) if said.refers_back else said


def _names_before(before: Iterable[Sentence], own: Iterable[Sentence]) -> frozenset[str]:
    """The names said before, if the quoted sentences name nobody: "I'll send the contract back" of one with Lisbon."""
    if any(True for sentence in own for _ in Wording(sentence.text).names()):
        return frozenset()
    return frozenset(name.removesuffix("'s") for sentence in before for name in Wording(sentence.text).names())


def months_of_days(meeting: Meeting, sentences: Iterable[Sentence]) -> frozenset[str]:
    """The months of the days that were said without one: "before the fifteenth" of a meeting in late November is in December."""
    days = {int(day) for sentence in sentences for day in ordinals_of(sentence.tokens)}
    first = meeting.context.meeting_date.replace(day=1)
    later = (first + timedelta(days=31)).replace(day=1)
    months = {first if day >= meeting.context.meeting_date.day else later for day in days}
    return frozenset(f"{month:%B}".casefold() for month in months)


def verdict_on(meeting: Meeting, reasons: Iterable[str]) -> dict[str, Any]:
    """Verdict and reasons as fields of a claim. Of a language that the rules do not know, only what needs no language counts."""
    found = tuple(dict.fromkeys(reasons))
    if found:
        return {"verdict": Verdict.UNVERIFIED, "reasons": found}
    return {"verdict": Verdict.VERIFIED if meeting.english else Verdict.NOT_CHECKED, "reasons": ()}
