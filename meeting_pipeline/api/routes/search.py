"""``GET /v1/search``: lines of all meetings that contain certain words.

Must not go here: its parameters (``api/schemas/search_query.py``), what matches, and in which order (``store/search/``).
"""

from typing import Annotated

from fastapi import APIRouter, Query

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.problems import REFUSED, UNKNOWN, responses
from meeting_pipeline.api.schemas.search import SearchPage, read_place, search_page
from meeting_pipeline.api.schemas.search_query import SearchQuery
from meeting_pipeline.steps.asking.search import search as find

router = APIRouter(prefix="/v1/search", tags=["meetings"])


@router.get(
    "",
    operation_id="search",
    responses=responses(
        _400="The search is empty (`empty_query`), or the cursor belongs to another search (`bad_cursor`).",
        **REFUSED,
        **UNKNOWN,
    ),
)
def search(installation: Opened, _caller: Reader, query: Annotated[SearchQuery, Query()]) -> SearchPage:
    """Find lines by their words: what was said, decided and undertaken, summaries, topics, titles and names.

    Results are grouped by meeting, best first: those in which the words are frequent, then the newer ones. For very frequent
    words, the newest lines are ranked first and older ones follow. If search by meaning is turned on, the first page also
    has lines with a similar meaning (`ranking`), except with `typing`, an exact phrase, or a filter on people. Unverified
    items are found only if the installation marks them instead of withholding them.
    """
    question = query.question(unverified=installation.settings.mark_unverified)
    after = read_place(query.cursor, question) if query.cursor is not None else None
    found = find(installation, question, limit=query.limit, lines=query.lines, after=after)
    return search_page(installation.settings, question, found)
