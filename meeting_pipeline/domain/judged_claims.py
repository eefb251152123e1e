"""The claims of a record, judged one by one, and people's judgements of them.

A claim is an item, a decision, a sentence of the summary, a topic or a speaker's name. Belongs here: the values, and the id that
finds a claim again in a later version. Must not go here: what an edit does to a record (``claim_edits.py``), the verdicts
(``verdicts.py``).
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.insight_results import SpeakerName, SummarySentence, Topic
from meeting_pipeline.domain.item_edits import Anchor, ItemEdit
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.value import Value
from meeting_pipeline.domain.verdicts import ItemClaim, Verdict

_SIGN: Final = re.compile(r"[$€£¥%‰]|(?<!\w)[-\u2212+](?=\W?\d)")
"""Signs that change what a number says."""
_ID_CHARACTERS: Final = 24
"""96 bits of SHA-256: enough to tell the claims of one recording apart."""


class Judgement(StrEnum):
    """A person's judgement of a claim."""

    ACCEPTED = "accepted"
    """It is published as a fact, whatever its verdict."""
    DELETED = "deleted"
    """It is published nowhere. It stays listed, and the edit can be undone."""


class ClaimState(StrEnum):
    """What becomes of a claim."""

    PUBLISHED = "published"
    WITHHELD = "withheld"
    """Unverified, and nobody has accepted it."""
    DELETED = "deleted"
    WAITING = "waiting"
    """Only an edit of it is left: no current result makes this claim. The edit applies again when one does."""


@dataclass(frozen=True)
class ClaimEdit:
    """A person's judgement of one claim. ``text``: the claim when it was edited, for edits that wait.

    ``anchor`` finds a reworded claim again; ``None`` if the judgement is older than anchors.
    """

    claim_id: str
    insight: Insight
    text: str
    judgement: Judgement
    edited_by: str
    edited_at: datetime
    anchor: Anchor | None = None


@dataclass(frozen=True)
class JudgedClaim:
    """A claim with its edits. ``part``: the attribute of the result that holds it; ``value``: the claim itself.

    ``edit`` accepts or deletes it, ``item_edit`` changes what it says; ``value`` and ``text`` have these changes. ``found``: the
    claim without them; ``None`` if it is the same, or if a person added the claim.
    """

    claim_id: str
    insight: Insight
    part: str
    value: Value
    text: str
    edit: ClaimEdit | None = None
    item_edit: ItemEdit | None = None
    found: Value | None = None

    @property
    def verdict(self) -> Verdict:
        """What the checks found out. Results older than the checks were not checked."""
        return getattr(self.value, "verdict", Verdict.NOT_CHECKED)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Codes of the reasons for the verdict, most important first."""
        return getattr(self.value, "reasons", ())

    @property
    def state(self) -> ClaimState:
        """What becomes of it."""
        if self.edit is not None and self.edit.judgement is Judgement.DELETED:
            return ClaimState.DELETED
        if self.edit is None and self.verdict is Verdict.UNVERIFIED and self.says_something:
            return ClaimState.WITHHELD
        return ClaimState.PUBLISHED

    @property
    def published(self) -> bool:
        """Whether it is presented as a fact."""
        return self.state is ClaimState.PUBLISHED

    @property
    def withheld(self) -> bool:
        """Whether it is shown apart, as not confirmed."""
        return self.state is ClaimState.WITHHELD

    @property
    def accepted_by(self) -> str | None:
        """Who accepted it, if somebody did."""
        return self.edit.edited_by if self.edit is not None and self.edit.judgement is Judgement.ACCEPTED else None

    @property
    def edited_by(self) -> str | None:
        """Who changed what it says, or added it, if somebody did."""
        return self.item_edit.edited_by if self.item_edit is not None else None

    @property
    def added(self) -> bool:
        """Whether a person wrote it: no result made it."""
        return self.item_edit is not None and self.item_edit.added

    @property
    def says_something(self) -> bool:
        """Whether it claims anything: a speaker without a name does not."""
        return not isinstance(self.value, SpeakerName) or bool(self.value.name)

    @property
    def evidence(self) -> Evidence | None:
        """The quote and the segments it rests on, if it has any."""
        found = getattr(self.value, "evidence", None)
        if isinstance(found, Evidence):
            return found
        return Evidence(segment_ids=segment_ids(self.value), quote="") if segment_ids(self.value) else None


def segment_ids(value: Value) -> tuple[int, ...]:
    """The segments that a claim rests on."""
    evidence = getattr(value, "evidence", None)
    found: tuple[int, ...] = evidence.segment_ids if evidence is not None else getattr(value, "segment_ids", ())
    return found


def claim_id(insight: Insight, text: str, value: Value) -> str:
    """The same for the same claim in every version: of the insight, what it says, and the place it rests on.

    What it says is its text and everything else that it states: who does it, until when, who decided it. ``text`` has marks for
    speakers, so that a rename does not change the id. Signs count: "-5%" is not "5%".
    """
    said = " ".join((*words_of(text), *_SIGN.findall(text))) or one_line(text).casefold()
    other = {} if isinstance(value, Topic | SummarySentence | SpeakerName) else _stated(value, text)
    times = (value.start_ms, value.end_ms) if isinstance(value, Topic) else ()
    place = ",".join(str(number) for number in (*segment_ids(value), *times))
    whole = "\n".join((insight.value, said, json.dumps(other, sort_keys=True, ensure_ascii=False), place))
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:_ID_CHARACTERS]


def _stated(value: Value, text: str) -> dict[str, Any]:
    """What an item of a list states besides its text, without what is known about it."""
    fields = value.model_dump(mode="json", exclude={*ItemClaim.model_fields, "candidate"})
    return {
        name: stated
        for name, stated in fields.items()
        if stated != text and not isinstance(getattr(value, name), Evidence)
    }


def text_of(value: Any, head: str | None) -> str:
    """What a claim says. ``head``: the field that says it, for an item of a list."""
    match value:
        case SpeakerName():
            return f"{value.label}: {value.name}" if value.name else value.label
        case Topic():
            return value.title
        case SummarySentence():
            return value.text
    return str(getattr(value, head, None) or "") if head else ""
