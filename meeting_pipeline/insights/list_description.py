"""The description of an insight that is a list of items: its prompt, and the fields of an item.

Must not go here: where it comes from (``user_insights.py``), the insight that is built from it (``item_lists.py``).
"""

from dataclasses import dataclass

from meeting_pipeline.domain.insight_forms import FieldKind


@dataclass(frozen=True, kw_only=True)
class ListedField:
    """One field of an item.

    Attributes:
        ask: the instruction to the model for this field.
        required: an item without it is dropped.
        quote: a value must have a quote from the transcript as evidence.
    """

    name: str
    title: str
    kind: FieldKind
    ask: str
    required: bool = False
    quote: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Description:
    """The description of an insight. The first field says what an item is; at least one field needs a quote."""

    name: str
    title: str
    description: str
    question: str
    fields: tuple[ListedField, ...]
    prompt_version: str
    nothing: str = "None were found."
    gap_text: str = ""
