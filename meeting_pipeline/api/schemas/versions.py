"""Versions over HTTP: the versions of each result, how two of them differ, and people's decisions.

Must not go here: the values themselves (``domain/version_json.py``).
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from meeting_pipeline.domain.judged_claims import ClaimState
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.result_versions import Change, VersionState
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.word_diff import Op

REASON_CHARACTERS = 2000
"""Longest reason: people give a sentence or two."""
Reason = Annotated[
    str | None,
    Field(default=None, max_length=REASON_CHARACTERS, description="The reason; recorded with person and time."),
]


class VersionProvenance(BaseModel):
    """Who made a version. ``state`` is that of the version: a held version is not a result yet."""

    model_config = ConfigDict(extra="allow")

    provider: str
    model: str
    draft: bool
    note: str
    state: VersionState


class VersionNote(BaseModel):
    """Who promoted, discarded or restored a version."""

    change: Change
    made_by: str
    made_at: datetime
    reason: str | None


class Version(BaseModel):
    """One version of the transcript or of an insight."""

    kind: ResultKind
    version: int
    state: VersionState = Field(
        description="`held`: made with `hold`, and shown nowhere until it is promoted; `earlier`: it was current once; "
        "`discarded`: it was held and never became current."
    )
    made_at: datetime
    run_id: str = Field(description="The run that made it; `restored` for a copy of an earlier version.")
    provenance: VersionProvenance
    prompt_version: str | None = Field(description="The prompt or the rules that made it; null for a transcript.")
    transcript_version: int | None = Field(description="The version of the transcript from which it was made.")
    restored_from: int | None = Field(description="The version that it is a copy of.")
    verdicts: dict[Verdict, int] | None = Field(
        description="Number of claims with each verdict; null for a transcript."
    )
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float = Field(description="Cost of its answers in US dollars, including reused ones.")
    unpriced_calls: int = Field(description="Calls whose price is unknown; they are not in `cost_usd`.")
    changes: list[VersionNote]


class VersionList(BaseModel):
    """The versions of a recording's results, by kind, newest first."""

    recording_id: str
    versions: list[Version]


class Piece(BaseModel):
    """A piece of a text: in both versions, only in the earlier one, or only in the later one."""

    op: Op
    text: str


class DiffClaim(BaseModel):
    """A claim in one of the versions, with the current names."""

    claim_id: str
    part: str
    text: str
    verdict: Verdict
    reasons: list[str]
    state: ClaimState = Field(description="Includes people's judgements: a claim that they deleted stays deleted.")
    quote: str | None
    at: str | None = Field(description="When it was said, for people.")


class DiffField(BaseModel):
    """A field that differs, with its values for people."""

    name: str
    title: str
    before: str | None
    after: str | None


class DiffChange(BaseModel):
    """A claim that both versions make, but in other words or with other details."""

    before: DiffClaim
    after: DiffClaim
    fields: list[DiffField]
    words: list[Piece] = Field(description="The difference of its text.")


class VersionDiff(BaseModel):
    """How two versions of an insight differ. A different order does not count."""

    insight: Insight
    before: Version | None
    after: Version | None
    differs: bool
    added: list[DiffClaim]
    removed: list[DiffClaim]
    changed: list[DiffChange]
    same: int = Field(description="Number of unchanged claims.")
    text: list[Piece] = Field(description="Running text, such as that of a summary; empty for other insights.")


class DiffList(BaseModel):
    """The differences of a recording's versions."""

    recording_id: str
    diffs: list[VersionDiff]


class VersionDecision(BaseModel):
    """What to promote or discard."""

    model_config = ConfigDict(extra="forbid")

    insight: Insight | None = Field(default=None, description="Only this insight; null: all held versions.")
    reason: Reason


class VersionRestore(BaseModel):
    """Which version to restore."""

    model_config = ConfigDict(extra="forbid")

    insight: Insight
    version: int = Field(ge=1, le=2**31 - 1, strict=True)
    reason: Reason


class VersionsChanged(BaseModel):
    """What changed: the version of each insight that is current now, or that was discarded. Empty: nothing changed."""

    recording_id: str
    versions: dict[str, int]
