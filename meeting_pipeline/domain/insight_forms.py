"""The form of an insight, from which all output about it is rendered, and the register of insights.

An insight is one file in ``insights/`` (or a YAML file of the user). It provides a form, and minutes, exports, webhooks,
the API, the page, the tables and Dagster's metadata are rendered from the forms. Belongs here: the form, and the register.
Must not go here: how insights are requested (``insights/spec.py``), one insight.
"""

import importlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from meeting_pipeline.domain.document import Block
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence

R = TypeVar("R", bound=InsightResult)
USUAL_PLACE: Final = 50
"""Default place of a section in the minutes: after summary (10), decisions (20) and action items (30), before speakers (90)."""


class FieldKind(StrEnum):
    """The type of a field of an item."""

    STATEMENT = "statement"
    """a sentence; speakers are written as marks (``speaker_placeholders.py``)."""
    TEXT = "text"
    PERSON = "person"
    """a speaker label, or a name as said."""
    PEOPLE = "people"
    DATE = "date"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"


@dataclass(frozen=True)
class Field:
    """One field of an item.

    Attributes:
        empty: the text shown if there is no value; if this is empty too, the field is left out.
        choices: the allowed words of a ``CHOICE``.
        evidence: the item's attribute with separate evidence for this field; ``None``: the evidence of the item applies.
    """

    name: str
    title: str
    kind: FieldKind = FieldKind.TEXT
    empty: str = "not said"
    description: str = ""
    choices: tuple[str, ...] = ()
    evidence: str | None = None


@dataclass(frozen=True)
class StoredItem:
    """One current row of an insight that has no separate table."""

    fields: dict[str, Any]
    quote: str | None = None
    segment_ids: tuple[int, ...] = ()
    candidate: bool = False


@dataclass(frozen=True, kw_only=True)
class Form(ABC, Generic[R]):
    """How the result of one insight is shown. In ``record``, people's edits are applied and texts contain names.

    Attributes:
        title: heading of its section.
        result: class of the result.
        description: what it is, for people who view the asset or read the API description.
        place: position of its section in the minutes; see ``USUAL_PLACE``.
        counted: name of the item count in the metadata of the minutes; empty: there is nothing to count.
        gap_text: what a reader must know if it is missing, in addition to the reason; may be empty.
        available: name of the asset check that says whether the insight exists; empty: a default name.
        code_version: Dagster's code version. A changed prompt changes ``prompt_version`` and needs no change here.
    """

    insight: Insight
    title: str
    result: type[R]
    description: str
    place: int = USUAL_PLACE
    counted: str = ""
    gap_text: str = ""
    available: str = ""
    code_version: str = "1"
    fields: tuple[Field, ...] = field(default=())

    @property
    def label(self) -> str:
        """The insight's name as used in a sentence."""
        return self.insight.value.replace("_", " ")

    @property
    def check_name(self) -> str:
        """Name of the asset check that says whether the insight exists."""
        return self.available or f"{self.insight.value}_are_available"

    def read(self, payload: dict[str, Any]) -> R | None:
        """Parse a stored result. Raises: ValidationError."""
        return self.result.model_validate(payload)

    @abstractmethod
    def named(self, result: R, record: MeetingRecord) -> R:
        """The result with people's merges of speakers applied, and with names for the marks in its texts."""

    @abstractmethod
    def section(self, result: R | None, record: MeetingRecord) -> Iterator[Block]:
        """The section in the minutes, below the heading and any notice about a gap."""

    @abstractmethod
    def as_json(self, result: R | None, record: MeetingRecord) -> Any:
        """The value in the JSON of the record and of webhooks; ``None`` if missing."""

    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Columns of the table shown in Dagster."""

    @abstractmethod
    def table(self, result: R, record: MeetingRecord) -> list[dict[str, str]]:
        """Rows of that table."""

    def abstract(self, result: R, record: MeetingRecord) -> str:
        """Running text for a preview, for a result that is not a list."""
        return ""

    def headline(self, row: Mapping[str, str]) -> str:
        """One row of the table as a line of a preview."""
        return row[self.columns()[0]]

    def count(self, result: R) -> int:
        """The number of items, if the result has items."""
        return 0

    def stored_items(self, result: R) -> Sequence[StoredItem]:
        """The current rows in the table ``insight_items``, if the insight has no separate table."""
        return (StoredItem(result.model_dump(mode="json")),)

    def json_schema(self) -> dict[str, Any]:
        """The JSON schema of ``as_json``, for the API description."""
        return {"description": self.description}


def evidence_json(evidence: Evidence, record: MeetingRecord) -> dict[str, Any]:
    """The evidence as JSON."""
    return {
        "segment_ids": list(evidence.segment_ids),
        "quote": evidence.quote,
        "start_ms": record.start_ms(evidence.segment_ids),
    }


RESERVED: Final = frozenset(
    {"recording", "transcript", "minutes", "meetings", "action_item_register", "commitments", "evaluation"}  # assets
    | {"id", "title", "date", "duration_ms", "language", "draft", "provenance", "segments"}  # fields of a meeting
    | {"any", "all", "missing", "insights"}  # words that mean several insights where an insight can be named
)
"""Names that an insight cannot have."""
_forms: dict[Insight, Form[Any]] = {}
_PLUG_INS: Final = "meeting_pipeline.insights.registry"
"""Loaded by name on first use: the domain must not import the insights, and callers need not load them."""
_loading = threading.RLock()
_loaded: list[bool] = []


def register_form(form: Form[Any]) -> None:
    """Add a form. Raises: ValueError if the name is taken."""
    if form.insight in _forms or form.insight.value in RESERVED:
        raise ValueError(f"the name {form.insight.value} is taken")
    _forms[form.insight] = form


def unregister_form(insight: Insight) -> None:
    """Remove a form."""
    _forms.pop(insight, None)


def forms() -> Mapping[Insight, Form[Any]]:
    """All forms by name, in the order of their assets."""
    if not _loaded:
        with _loading:
            if not _loaded:
                _loaded.append(True)  # set first: while the plug-ins load, they see the forms registered so far
                try:
                    importlib.import_module(_PLUG_INS)
                except BaseException:
                    _loaded.clear()
                    raise
    return MappingProxyType(_forms)


def forms_by_place() -> Iterable[Form[Any]]:
    """All forms in the order of their sections in the minutes."""
    return sorted(forms().values(), key=lambda form: form.place)
