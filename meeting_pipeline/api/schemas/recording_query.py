"""The query of ``GET /v1/recordings``. The parameters are a contract: add some, never rename or remove one.

Must not go here: how recordings are selected (``store/recordings/queries.py``), a recording (``recordings.py``).
"""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

from meeting_pipeline.api.schemas.cursors import LONGEST
from meeting_pipeline.domain.open_enum import OpenEnum
from meeting_pipeline.domain.recording import RecordingStatus, Source, Stage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.submitter_data import METADATA_BYTES, METADATA_KEYS, REFERENCE_CHARACTERS
from meeting_pipeline.store.recordings.queries import RecordingFilter

_ANY: Final = "any"


class GapFilter(OpenEnum):
    """Which result is missing."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """``any``, and the name of each insight."""
        return (_ANY, *Insight.names())


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or last possible day, in another time zone
        return datetime.min.replace(tzinfo=UTC) if moment.year == 1 else datetime.max.replace(tzinfo=UTC)


def _written_out(value: object) -> object:
    """Accept only RFC 3339: a bare number would be read as seconds since 1970."""
    if isinstance(value, str) and "-" not in value[1:]:
        raise ValueError("write it as 2026-11-21T09:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_utc)]


def _entry(value: str) -> str:
    if "=" not in value[1:]:
        raise ValueError("write it as NAME=VALUE")
    return value


MetadataEntry = Annotated[str, Field(max_length=METADATA_BYTES), AfterValidator(_entry)]


class RecordingQuery(BaseModel):
    """Which recordings to list, and how many."""

    status: RecordingStatus | None = Field(default=None, description="Only these.")
    stage: Stage | None = Field(default=None, description="Only those in this stage.")
    source: Source | None = Field(default=None, description="Only those submitted in this way.")
    gap: GapFilter | None = Field(
        default=None, description="Only those in which this result is missing; `any`: at least one result."
    )
    title: str | None = Field(default=None, max_length=300, description="Only those whose title contains this text.")
    reference: str | None = Field(
        default=None,
        max_length=REFERENCE_CHARACTERS,
        description="Only those that were submitted with this reference.",
    )
    metadata: list[MetadataEntry] = Field(
        default=[],
        max_length=METADATA_KEYS,
        description="Only those that were submitted with this metadata: NAME=VALUE, for strings, numbers, booleans "
        "and null at the top level. Can be repeated; all must match.",
    )
    submitted_after: Moment | None = Field(default=None, description="Only those submitted after this time.")
    submitted_before: Moment | None = Field(default=None, description="Only those submitted before this time.")
    limit: int = Field(default=50, ge=1, le=100, description="Maximum number of entries.")
    cursor: str | None = Field(default=None, max_length=LONGEST, description="`next_cursor` of the previous page.")

    def criteria(self) -> RecordingFilter:
        """The conditions for the store."""
        return RecordingFilter(
            status=self.status,
            stage=self.stage,
            source=self.source,
            gap=Insight(self.gap.value) if self.gap is not None and self.gap != _ANY else None,
            any_gap=self.gap == _ANY,
            title=self.title,
            reference=self.reference,
            metadata=tuple(self.metadata),
            submitted_after=self.submitted_after,
            submitted_before=self.submitted_before,
        )
