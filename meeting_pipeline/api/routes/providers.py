"""``GET /v1/providers``: who may have made a result, in words for people.

Provenance names a provider by its stable name. Must not go here: whether a provider answers (``health.py``).
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from meeting_pipeline.api.schemas.problems import responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.providers.registry import all_specs
from meeting_pipeline.providers.selection import IMPORTED

router = APIRouter(prefix="/v1/providers", tags=["meetings"])
_OF_EXPORTS: Final = "a transcript export"


class ProviderWords(BaseModel):
    """A provider."""

    name: str = Field(description="As in `provenance`; a stable identifier.")
    title: str = Field(description="A name for people, to be used within a sentence.")


class ProviderList(BaseModel):
    """The providers that this version knows, whether they are set up or not."""

    providers: list[ProviderWords]


@router.get("", operation_id="listProviders", responses=responses(401, 403))
def list_providers(_caller: Annotated[Caller, Depends(require("read"))]) -> ProviderList:
    """Names of providers, and what people call them."""
    titles = {IMPORTED: _OF_EXPORTS, **{spec.name: spec.title for spec in all_specs()}}
    return ProviderList(providers=[ProviderWords(name=name, title=title) for name, title in sorted(titles.items())])
