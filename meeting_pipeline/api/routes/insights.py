"""``GET /v1/insights``: the available insights and the fields of their items.

For programs that show results of insights that they do not know by name, such as the page. Must not go here: results
(``meetings.py``).
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from meeting_pipeline.api.schemas.problems import responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.domain.insight_forms import FieldKind, Form, forms
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.result_kinds import Insight

router = APIRouter(prefix="/v1/insights", tags=["meetings"])
_FIELDS: Final = "Meeting"


class InsightField(BaseModel):
    """A field of an item."""

    name: str = Field(
        description="The key of the field. A field with a person has a second key, `NAME_name`; one with "
        "people, `NAME_names`."
    )
    title: str = Field(description="For people.")
    kind: FieldKind = Field(description="The type of its values. An unknown value is null.")
    description: str


class InsightDescription(BaseModel):
    """An insight: an optional result of a meeting, found in `meeting` of `GET /v1/meetings/{recording_id}` under its name."""

    name: str
    title: str = Field(description="For people.")
    description: str
    nothing: str | None = Field(description="What to show for an empty list; null if this is not a list of items.")
    fields: list[InsightField] = Field(
        description="Fields of an item; the first one describes it. `evidence` is in addition to them."
    )


class InsightList(BaseModel):
    """The insights, in the order in which they appear in the minutes."""

    insights: list[InsightDescription]


@router.get("", operation_id="listInsights", responses=responses(401, 403))
def list_insights(_caller: Annotated[Caller, Depends(require("read"))]) -> InsightList:
    """List the insights of this installation: the built-in and the custom ones."""
    ordered = sorted(forms().values(), key=lambda form: form.place)
    return InsightList(insights=[_described(form) for form in ordered])


def _described(form: Form[Any]) -> InsightDescription:
    return InsightDescription(
        name=form.insight.value,
        title=form.title,
        description=form.description,
        nothing=form.nothing if isinstance(form, ListForm) else None,
        fields=[
            InsightField(name=one.name, title=one.title, kind=one.kind, description=one.description)
            for one in form.fields
        ],
    )


def describe_results(components: dict[str, Any]) -> None:
    """Add the results of insights without a model here to the OpenAPI schema of a meeting."""
    meeting = components[_FIELDS]
    for insight, schema in _undescribed(meeting["properties"]):
        meeting["properties"][insight.value] = schema
        meeting["required"].append(insight.value)


def _undescribed(known: dict[str, Any]) -> Iterator[tuple[Insight, dict[str, Any]]]:
    for insight, form in forms().items():
        if insight.value not in known:
            yield insight, form.json_schema()
