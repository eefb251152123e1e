"""The fields of a file that describes an insight of the user. ``docs/insights.md`` explains them.

Must not go here: reading files (``user_insights.py``), turning a description into an insight (``item_lists.py``).
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from meeting_pipeline.domain.insight_forms import RESERVED, FieldKind
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.insights.list_description import Description, ListedField

_NAME: Final = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
_ITEM_WORDS: Final = frozenset(
    ("items", "evidence", "candidate", "verdict", "reasons", "segment_ids", "quote", "status", "at", "position")
)
"""Keys that every item has in addition to its fields, and columns of its table."""
_KINDS: Final = {"sentence": FieldKind.STATEMENT, **{kind.value: kind for kind in FieldKind if kind != "statement"}}


def _one_line(text: str) -> str:
    flat = one_line(text)
    if not flat:
        raise ValueError("it is empty")
    return flat


_Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
_Text = Annotated[str, Field(min_length=1, max_length=4_000)]


class FieldEntry(BaseModel):
    """One entry of ``fields``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=_NAME, max_length=40)]
    title: _Line
    type: Literal["sentence", "text", "person", "people", "date", "number", "yes_no", "choice"]
    ask: _Text
    required: bool = False
    quote: bool = False
    choices: Annotated[list[_Line], Field(max_length=50)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _fits(self) -> "FieldEntry":
        if (self.type == "choice") != (len(set(self.choices)) > 1):
            raise ValueError("a choice needs at least two different choices, and nothing else has any")
        if self.name in _ITEM_WORDS or self.name.endswith(("_evidence", "_name", "_names", "_quote", "_segment_ids")):
            raise ValueError(f"a field cannot be called {self.name}: items have a key of that kind already")
        return self


class InsightFile(BaseModel):
    """The content of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=_NAME, max_length=40)]
    title: _Line
    description: _Line | None = None
    question: _Text
    prompt_version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=32)]
    nothing: _Line = "None were found."
    gap: _Line | None = None
    fields: Annotated[list[FieldEntry], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _fits(self) -> "InsightFile":
        if self.name in RESERVED:
            raise ValueError(f"an insight cannot be called {self.name}: the name is taken")
        names = [one.name for one in self.fields]
        if len(set(names)) < len(names):
            raise ValueError("two fields have the same name")
        if self.fields[0].type != "sentence" or not self.fields[0].required:
            raise ValueError("the first field says what an item is: it needs `type: sentence` and `required: true`")
        if not any(one.quote for one in self.fields):
            raise ValueError(
                "at least one field needs `quote: true`: every item needs words that were said as its evidence"
            )
        return self

    def described(self) -> Description:
        """The description of the insight in this file."""
        return Description(
            name=self.name,
            title=self.title,
            description=self.description or f"{self.title}: a custom insight of this installation.",
            question=self.question,
            fields=tuple(_described(self.fields)),
            prompt_version=self.prompt_version,
            nothing=self.nothing,
            gap_text=self.gap or "",
        )


def _described(entries: list[FieldEntry]) -> Iterator[ListedField]:
    for entry in entries:
        yield ListedField(
            name=entry.name,
            title=entry.title,
            kind=_KINDS[entry.type],
            ask=entry.ask,
            required=entry.required,
            quote=entry.quote,
            choices=tuple(entry.choices),
        )
