"""How two versions of an insight differ, claim by claim: what was added, removed and changed, and the text word by word.

Must not go here: which claims are the same (``matched_claims.py``), how one claim differs (``claim_changes.py``), loading
versions (``store/results/version_history.py``), how a difference looks (``diff_text.py``).
"""

from dataclasses import dataclass, replace

from meeting_pipeline.domain.claim_changes import ClaimChange, claim_change
from meeting_pipeline.domain.claim_edits import claims_of, named_claims
from meeting_pipeline.domain.edited_claims import recompute_due
from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.insight_results import InsightResult, Summary
from meeting_pipeline.domain.judged_claims import JudgedClaim
from meeting_pipeline.domain.matched_claims import matched_claims
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.result_versions import ResultVersion
from meeting_pipeline.domain.summary_text import text_with
from meeting_pipeline.domain.word_diff import Op, Piece, word_diff


@dataclass(frozen=True)
class VersionDiff:
    """The difference of two versions. ``None`` for a version: there is none.

    ``text``: running text such as that of a summary, with all its sentences; empty if the insight has none. In claims and text,
    names are those of the record now, so a rename is not a change.
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
    pairs, removed, added = matched_claims(old, new)
    changes = [claim_change(record, insight, one, other) for one, other in pairs]
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
        replace(claim, value=recompute_due(claim.value, counted_from, record.meeting_date))
        for claim in claims_of(insight, result, record.claim_edits)
    ]
    claims = named_claims(shown, found)
    return [claim for claim in claims if claim.says_something and claim.part != "sentences"]


def _text(record: MeetingRecord, result: InsightResult | None) -> str:
    if not isinstance(result, Summary):
        return ""
    whole = [sentence.text for sentence in result.sentences]
    return record.with_names(text_with(result, whole) if whole else result.short_summary)
