"""``GET /v1/providers``: display names of the providers that results may come from.

Provenance refers to a provider by its stable name. Must not go here: whether a provider is available (``health.py``).
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
    """The providers that this version supports, whether configured or not."""

    providers: list[ProviderWords]


@router.get("", operation_id="listProviders", responses=responses(401, 403))
def list_providers(_caller: Annotated[Caller, Depends(require("read"))]) -> ProviderList:
    """List the providers and their display names."""
    titles = {IMPORTED: _OF_EXPORTS, **{spec.name: spec.title for spec in all_specs()}}
    return ProviderList(providers=[ProviderWords(name=name, title=title) for name, title in sorted(titles.items())])
