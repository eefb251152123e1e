"""``GET /v1/search``: lines of all meetings that have certain words.

Must not go here: what matches, and in which order (``store/search/``).
"""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.problems import REFUSED, responses
from meeting_pipeline.api.schemas.search import LONGEST, SearchPage, read_place, search_page
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.search_queries import QUERY_CHARACTERS
from meeting_pipeline.domain.verdicts import ItemStatus
from meeting_pipeline.steps.asking.search import search as find
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.search.values import Question

router = APIRouter(prefix="/v1/search", tags=["meetings"])
_NAME: Final = 200


def _known(key: str) -> str:
    if not is_key(key):
        raise unknown_recording(key[:100])
    return key


@router.get(
    "",
    operation_id="search",
    responses=responses(
        _400="The search is empty (`empty_query`), or the cursor belongs to another search (`bad_cursor`).",
        **REFUSED,
    ),
)
def search(
    installation: Opened,
    _caller: Reader,
    q: Annotated[
        str,
        Query(
            max_length=QUERY_CHARACTERS,
            description='Words that must all be in one line; words in double quotes are an exact phrase: `"price list"`. '
            "There are no other operators.",
        ),
    ] = "",
    typing: Annotated[bool, Query(description="The last word may be the beginning of a longer one.")] = False,
    speaker: Annotated[
        str | None,
        Query(max_length=_NAME, description="Part of the speaker's name, or the id of a person."),
    ] = None,
    person: Annotated[
        str | None,
        Query(
            max_length=_NAME,
            description="Part of the name of the person who said, owns or decided it, or the id of a person.",
        ),
    ] = None,
    since: Annotated[date | None, Query(description="Only meetings of this day and later.")] = None,
    until: Annotated[date | None, Query(description="Only meetings of this day and earlier.")] = None,
    title: Annotated[
        str | None, Query(max_length=300, description="Only meetings whose title contains this text.")
    ] = None,
    kind: Annotated[LineKind | None, Query(description="Only lines of this kind.")] = None,
    status: Annotated[ItemStatus | None, Query(description="Only action items and decisions with this status.")] = None,
    recording_id: Annotated[str | None, AfterValidator(_known), Query(description="Only this meeting.")] = None,
    limit: Annotated[int, Query(ge=1, le=50, description="Maximum number of meetings.")] = 10,
    lines: Annotated[int, Query(ge=1, le=100, description="Maximum number of hits for each meeting.")] = 3,
    cursor: Annotated[str | None, Query(max_length=LONGEST, description="`next_cursor` of the previous page.")] = None,
) -> SearchPage:
    """Find lines by their words: what was said, decided and undertaken, summaries, topics, titles and names.

    Results are grouped by meeting, best first: those in which the words are frequent, then the newer ones. For very frequent
    words, the newest lines are ranked first and older ones follow. If search by meaning is turned on, the first page also
    has lines with a similar meaning (`ranking`), except with `typing`, an exact phrase, or a filter on people. Unverified
    items are found only if the installation marks them instead of withholding them.
    """
    question = Question(
        text=q, typing=typing, speaker=speaker, person=person, since=since, until=until, title=title, kind=kind,
        status=status.value if status is not None else None, recording_key=recording_id,
        unverified=installation.settings.mark_unverified,
    )  # fmt: skip
    after = read_place(cursor, question) if cursor is not None else None
    found = find(installation, question, limit=limit, lines=lines, after=after)
    return search_page(installation.settings, question, found)
