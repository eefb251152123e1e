"""The tools: what an assistant can ask, answered with the same fields as the HTTP API.

Claims that are withheld are left out, unless the installation marks them, as everywhere. Must not go here: how tools are
described to assistants (``server.py``).
"""

from datetime import date
from typing import Any, Final

from meeting_pipeline.api.schemas.search import search_page
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.record_json import meeting_fields
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.verdicts import Verdict, is_closed
from meeting_pipeline.installation import Installation
from meeting_pipeline.mcp_server import policies
from meeting_pipeline.store.recordings.queries import Wanted
from meeting_pipeline.store.search.values import Question

_TEXTS: Final = ("segments", "provenance")


class Tools:
    """What assistants can ask of an installation. Raises everywhere: PipelineError."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def search(
        self,
        query: str,
        kind: LineKind | None,
        person: str | None,
        since: date | None,
        until: date | None,
        limit: int,
    ) -> dict[str, Any]:
        """Lines with all these words, by meeting, best first."""
        settings = self._installation.settings
        question = Question(
            text=query, kind=kind, person=person, since=since, until=until, unverified=settings.mark_unverified
        )
        found = self._installation.store.search.find(question, limit=limit, lines=policies.LINES)
        page = search_page(settings, question, found).model_dump(mode="json")
        return {"meetings": page["meetings"], "more": found.after is not None, "not_indexed_yet": found.pending}

    def list_meetings(self, title: str | None, limit: int) -> dict[str, Any]:
        """Completed meetings, those submitted last first."""
        page = self._installation.store.overviews.page(Wanted(status=RecordingStatus.COMPLETED, title=title), limit)
        meetings = [
            {
                "recording_id": overview.row.key,
                "title": overview.row.title,
                "date": overview.row.meeting_date.isoformat(),
                "duration_ms": overview.row.duration_ms,
                "draft": overview.draft,
                "missing": [gap.insight for gap in overview.gaps],
            }
            for overview in page.items
        ]
        return {"meetings": meetings, "more": page.after is not None}

    def get_meeting(self, recording_id: str, transcript_from: int | None) -> dict[str, Any]:
        """The record without its transcript, or with ``policies.SEGMENTS`` of it from this segment on."""
        record = self._record(recording_id)
        fields = meeting_fields(record, mark_unverified=self._installation.settings.mark_unverified)
        segments = fields["segments"] or []
        answer = {
            "recording_id": record.key,
            "status": record.status.value,
            "missing": [gap.insight.value for gap in record.gaps],
            **{name: value for name, value in fields.items() if name not in _TEXTS},
            "segment_count": len(segments),
        }
        if transcript_from is not None:
            end = transcript_from + policies.SEGMENTS
            answer["segments"] = segments[transcript_from:end]
            answer["next_transcript_from"] = end if end < len(segments) else None
        return answer

    def list_open_items(self, person: str | None, since: date | None, limit: int) -> dict[str, Any]:
        """Open action items, due ones first."""
        keys = self._installation.store.open_items.meetings(policies.MEETINGS_READ + 1, since)
        items = [item for key in keys[: policies.MEETINGS_READ] for item in self._open(key)]
        if person is not None:
            wanted = person.casefold()
            items = [item for item in items if wanted in (item["owner_name"] or "").casefold()]
        items.sort(key=lambda item: (item["due_date"] is None, item["due_date"] or "", item["recording_id"]))
        return {"items": items[:limit], "more": len(items) > limit, "all_meetings": len(keys) <= policies.MEETINGS_READ}

    def _open(self, key: str) -> list[dict[str, Any]]:
        try:
            record = self._record(key)
        except PermanentError:  # deleted since the list was read
            return []
        items = meeting_fields(record)["action_items"] or []
        about = {"recording_id": key, "title": record.title, "date": record.meeting_date.isoformat()}
        return [about | item for item in items if not is_closed(item["status"]) and _stands(item)]

    def _record(self, key: str) -> MeetingRecord:
        if not is_key(key):
            raise PermanentError(
                "unknown_recording", "There is no such meeting.", "Use a recording_id of list_meetings or search."
            )
        return self._installation.store.records.get(key)


def _stands(item: dict[str, Any]) -> bool:
    return item["verdict"] != Verdict.UNVERIFIED.value or item["accepted_by"] is not None
