"""How two versions of an insight differ, claim by claim: what was added, removed and changed, and the text word by word.

Claims are matched by what they say and by the words they rest on, wherever they stand: another order is no change. Each claim is
compared with a few others that share its rarest words, so the cost grows with the number of claims.
Must not go here: loading versions (``store/results/version_history.py``), how a difference looks (``diff_text.py``).
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from meeting_pipeline.domain.claim_edits import claims_of, named_claims
from meeting_pipeline.domain.edited_claims import due_anew
from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.insight_forms import Field, FieldKind, forms
from meeting_pipeline.domain.insight_results import InsightResult, SpeakerName, Summary, Topic
from meeting_pipeline.domain.judged_claims import JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.result_versions import ResultVersion
from meeting_pipeline.domain.summary_text import text_with
from meeting_pipeline.domain.text import clock
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.value import Value
from meeting_pipeline.domain.word_diff import Op, Piece, word_diff

_ALIKE: Final = 0.5
"""Claims with so much of their words in common (Jaccard) are one claim in other words; with less, people see two."""
_CANDIDATES: Final = 10
"""A claim is compared with at most so many others for each of its words."""
_RAREST: Final = 8
"""By so many of its words, those that the fewest others have, a claim finds others."""
_NOT_SAID: Final = frozenset(
    {"verdict", "reasons", "segment_ids", "status_segment_id", "evidence", "confidence", "start_ms", "end_ms"}
)
"""Fields of a claim that are compared apart, or not: the ids of segments and the confidence say nothing to people."""


@dataclass(frozen=True)
class FieldChange:
    """A field of a claim with its values for people; ``None``: it has none."""

    name: str
    title: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ClaimChange:
    """A claim of both versions that says or rests on something else. ``words``: the difference of its text."""

    before: JudgedClaim
    after: JudgedClaim
    fields: tuple[FieldChange, ...]
    words: tuple[Piece, ...]


@dataclass(frozen=True)
class VersionDiff:
    """The difference of two versions. ``None`` for a version: there is none.

    ``text``: running text such as that of a summary, with all its sentences; empty if the insight has none. In claims and text,
    names are those of the record now, so a rename is no change.
    """

    insight: Insight
    before: ResultVersion | None
    after: ResultVersion | None
    added: tuple[JudgedClaim, ...] = ()
    removed: tuple[JudgedClaim, ...] = ()
    changed: tuple[ClaimChange, ...] = ()
    same: int = 0
    text: tuple[Piece, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything that people read differs."""
        return bool(self.added or self.removed or self.changed or any(one.op is not Op.SAME for one in self.text))

    @property
    def size(self) -> int:
        """How much differs, to find the largest changes: claims, and words of the text."""
        words = sum(len(words_of(piece.text)) for piece in self.text if piece.op is not Op.SAME)
        return len(self.added) + len(self.removed) + len(self.changed) + words


def version_diff(
    record: MeetingRecord,
    insight: Insight,
    before: tuple[ResultVersion | None, InsightResult | None],
    after: tuple[ResultVersion | None, InsightResult | None],
) -> VersionDiff:
    """The difference of two versions, each with its result. ``record``: whose names are shown."""
    old, new = (_claims(record, insight, *one) for one in (before, after))
    pairs, removed, added = _matched(old, new)
    changes = [_change(record, insight, one, other) for one, other in pairs]
    changed = tuple(change for change in changes if change.fields)
    return VersionDiff(
        insight,
        before[0],
        after[0],
        added=tuple(added),
        removed=tuple(removed),
        changed=changed,
        same=len(changes) - len(changed),
        text=word_diff(_text(record, before[1]), _text(record, after[1])),
    )


def _claims(
    record: MeetingRecord, insight: Insight, version: ResultVersion | None, result: InsightResult | None
) -> list[JudgedClaim]:
    """The claims as they would be shown now: with names, and due dates counted from the meeting's present date.

    The sentences of a summary are compared as its text.
    """
    if result is None:
        return []
    shown = replace(record, results={**record.results, insight: result})
    counted_from = version.meeting_date if version is not None else None
    found = [
        replace(claim, value=due_anew(claim.value, counted_from, record.meeting_date))
        for claim in claims_of(insight, result, record.claim_edits)
    ]
    claims = named_claims(shown, found)
    return [claim for claim in claims if claim.says_something and claim.part != "sentences"]


def _text(record: MeetingRecord, result: InsightResult | None) -> str:
    if not isinstance(result, Summary):
        return ""
    whole = [sentence.text for sentence in result.sentences]
    return record.with_names(text_with(result, whole) if whole else result.short_summary)


# --- matching ---------------------------------------------------------------------------------------------------------

_Pairs = list[tuple[JudgedClaim, JudgedClaim]]


def _matched(
    old: Sequence[JudgedClaim], new: Sequence[JudgedClaim]
) -> tuple[_Pairs, list[JudgedClaim], list[JudgedClaim]]:
    """Pairs in the order of ``new``, then what is only in ``old``, then what is only in ``new``."""
    partner: dict[int, int] = {}
    left = dict(enumerate(old))
    keys: tuple[Callable[[JudgedClaim], Hashable], ...] = (
        lambda claim: (claim.part, repr(claim.value)),  # not as JSON: it may hold half of a UTF-16 pair
        lambda claim: (claim.part, claim.claim_id),
        _saying,
    )
    for key in keys:
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for i in reversed(left):
            waiting[key(left[i])].append(i)
        for j, claim in enumerate(new):
            if j not in partner and waiting.get(key(claim)):
                partner[j] = waiting[key(claim)].pop()
                del left[partner[j]]
    for i, j in _alike(left, {j: claim for j, claim in enumerate(new) if j not in partner}):
        partner[j] = i
        del left[i]
    pairs = [(old[partner[j]], claim) for j, claim in enumerate(new) if j in partner]
    return pairs, list(left.values()), [claim for j, claim in enumerate(new) if j not in partner]


def _saying(claim: JudgedClaim) -> Hashable:
    """What tells a claim apart if all else may differ: the label of a name, the words of anything else."""
    if isinstance(claim.value, SpeakerName):
        return claim.part, claim.value.label
    return claim.part, words_of(claim.text) or claim.text


def _alike(old: Mapping[int, JudgedClaim], new: Mapping[int, JudgedClaim]) -> Iterator[tuple[int, int]]:
    """Pairs of claims with most of their words in common, best first, each claim once."""
    old_words = {i: _words(claim) for i, claim in old.items()}
    new_words = {j: _words(claim) for j, claim in new.items()}
    having: dict[Hashable, list[int]] = defaultdict(list)
    for i, sides in old_words.items():
        for word in _places(old[i], sides):
            having[word].append(i)
    found: list[tuple[tuple[float, float], int, int]] = []
    for j, sides in new_words.items():
        words = [word for word in _places(new[j], sides) if word in having]
        rarest = heapq.nsmallest(_RAREST, words, key=lambda word: len(having[word]))
        for i in {i for word in rarest for i in having[word][:_CANDIDATES]}:
            most, less = _likeness(old_words[i], sides)
            if most >= _ALIKE:
                found.append(((-most, -less), j, i))
    taken_old, taken_new = set[int](), set[int]()
    for _, j, i in sorted(found):
        if i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            yield i, j


_Words = tuple[Mapping[str, int], Mapping[str, int]]
"""The words by which a claim is known: of its text, and of its quote, which is what it is about however it is put."""


def _words(claim: JudgedClaim) -> _Words:
    quote = claim.evidence.quote if claim.evidence is not None else ""
    return Counter(words_of(claim.text)), Counter(words_of(quote))


def _places(claim: JudgedClaim, sides: _Words) -> Iterator[Hashable]:
    for side, words in enumerate(sides):
        for word in words:
            yield claim.part, side, word


def _likeness(old: _Words, new: _Words) -> tuple[float, float]:
    """The share of words that both have (Jaccard), 0..1, of texts and of quotes: the larger share first."""
    shares = []
    for one, other in zip(old, new, strict=True):
        both = sum(min(number, other[word]) for word, number in one.items() if word in other)
        whole = sum(one.values()) + sum(other.values()) - both
        shares.append(both / whole if whole else 0.0)
    return max(shares), min(shares)


# --- comparing two that match -----------------------------------------------------------------------------------------


def _change(record: MeetingRecord, insight: Insight, before: JudgedClaim, after: JudgedClaim) -> ClaimChange:
    fields = tuple(_fields(record, insight, before, after))
    return ClaimChange(before, after, fields, word_diff(before.text, after.text) if fields else ())


def _fields(record: MeetingRecord, insight: Insight, before: JudgedClaim, after: JudgedClaim) -> Iterator[FieldChange]:
    known = {field.name: field for field in forms()[insight].fields}
    for name in dict.fromkeys((*known, *type(before.value).model_fields, *type(after.value).model_fields)):
        if name in _NOT_SAID:
            continue
        one, other = (_shown(record, known.get(name), getattr(claim.value, name, None)) for claim in (before, after))
        if one != other:
            title = known[name].title if name in known and known[name].title else _title(name)
            yield FieldChange(name, title, one, other)
    for name, read in (("quote", _quote), ("time", _time_of_topic)):
        one, other = read(before.value), read(after.value)
        if one != other:
            yield FieldChange(name, _title(name), one, other)
    if before.verdict is not after.verdict:
        yield FieldChange("verdict", "Verdict", before.verdict.value, after.verdict.value)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _quote(value: Value) -> str | None:
    evidence = getattr(value, "evidence", None)
    return evidence.quote or None if isinstance(evidence, Evidence) else None


def _time_of_topic(value: Value) -> str | None:
    return f"{clock(value.start_ms)} to {clock(value.end_ms)}" if isinstance(value, Topic) else None


def _shown(record: MeetingRecord, field: Field | None, value: Any) -> str | None:
    """A value for people; ``None`` if there is none."""
    match value:
        case None | "" | ():
            return None
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(dict.fromkeys(record.speaker_name(str(one)) for one in value))
        case Evidence():
            return value.quote or None
    if field is not None and field.kind is FieldKind.PERSON:
        return record.speaker_name(str(value))
    return record.with_names(str(value))


def claim_place(record: MeetingRecord, claim: JudgedClaim) -> str | None:
    """When the words of a claim were said, for people; ``None`` if that is unknown."""
    if isinstance(claim.value, Topic):
        return _time_of_topic(claim.value)
    start_ms = record.start_ms(claim.evidence.segment_ids) if claim.evidence is not None else None
    return clock(start_ms) if start_ms is not None else None
