"""What is shown of a meeting that was found by meaning: the lines of the window, by all who speak there.

Must not go here: which windows are near (``nearest.py``), what is shown of lines with the words (``showing.py``).
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.store import policies
from meeting_pipeline.store.search.nearest import NearMeeting, NearWindow
from meeting_pipeline.store.search.numbers import lines_from
from meeting_pipeline.store.search.showing import cut
from meeting_pipeline.store.search.values import FoundMeeting, Hit
from meeting_pipeline.store.tables import SearchLine, SegmentRow


def with_near(
    session: Session, found: Sequence[FoundMeeting], near: Sequence[NearMeeting], lines: int
) -> list[FoundMeeting]:
    """As many meetings with near windows as fit, after the lines that contain the words."""
    by_key = {one.key: one for one in near}
    results = []
    for meeting in found:
        one = by_key.get(meeting.key)
        more = _hits(session, one, meeting.hits, lines) if one is not None else ()
        results.append(replace(meeting, hits=(*meeting.hits, *more)))
    return results


def _hits(session: Session, near: NearMeeting, shown: Sequence[Hit], lines: int) -> tuple[Hit, ...]:
    said = {hit.segment_id for hit in shown if hit.kind is LineKind.TRANSCRIPT}
    more: list[Hit] = []
    for window in near.windows:
        if len(shown) + len(more) >= lines:
            break
        if said.isdisjoint(range(window.first, window.last + 1)):
            more += _hit(session, near, window)
    return tuple(more)


def _hit(session: Session, near: NearMeeting, window: NearWindow) -> list[Hit]:
    """The window as one hit; none if the transcript was replaced in this moment."""
    query = select(SegmentRow).where(
        SegmentRow.recording_key == near.key, SegmentRow.index.between(window.first, window.last)
    )
    segments = session.scalars(query.order_by(SegmentRow.index)).all()
    if not segments:
        return []
    low = lines_from(near.number)
    people = select(SearchLine.people, SearchLine.draft).where(
        SearchLine.number.between(low + window.first, low + window.last)
    )
    speakers = session.execute(people.order_by(SearchLine.number)).tuples().all()
    text = " ".join(segment.text for segment in segments)[window.start :]
    return [
        Hit(
            kind=LineKind.TRANSCRIPT, text=cut(text, [], most=policies.SEARCH_SHOWN_WINDOW)[0], highlights=(),
            people=tuple(dict.fromkeys(name for names, _ in speakers for name in names.split("\n") if name)),
            segment_id=window.first, start_ms=segments[0].start_ms, end_ms=segments[-1].end_ms, status=None,
            withheld=False, draft=any(draft for _, draft in speakers), near=(), by_meaning=True,
        )
    ]  # fmt: skip
