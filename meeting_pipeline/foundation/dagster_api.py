"""The GraphQL API of the running system, which its Dagster UI also uses: start and stop runs, query runs and the system.

Must not go here: the queries (``dagster_queries.py``), which recordings and why (``steps/operations/reprocess.py``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.foundation.dagster_queries import HEALTH, LAUNCH, PROGRESS, RUNS, STATUS, SYSTEM, TERMINATE
from meeting_pipeline.foundation.own_services import ask

BACKFILL_SUCCEEDED: Final = frozenset({"COMPLETED_SUCCESS", "COMPLETED"})
BACKFILL_ENDED: Final = BACKFILL_SUCCEEDED | {"COMPLETED_FAILED", "FAILED", "CANCELED"}
"""Final values of ``BulkActionStatus``."""

_SECONDS = 60.0
"""The Dagster UI needs some seconds to accept a backfill of thousands of partitions."""
_SHOWN = 300
"""Characters of what Dagster said in a message: the first line says what it is about."""
_ADVICE = "See the files in logs/ below the home. Restart the system if its version differs from this program's."
UNFINISHED: Final = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED")
"""Values of ``RunStatus`` for runs that can be stopped."""


@dataclass(frozen=True)
class Progress:
    """Signs of progress: ``ticks`` changes whenever a sensor ticks, ``beats`` is each daemon's last heartbeat in Unix time.

    ``ticks`` is ``None`` if no sensor is running. ``locations``: the problem of each code location; empty if there is none.
    ``ahead``: seconds by which the latest tick is in the future, which happens when the clock was set back.
    """

    ticks: str | None
    beats: dict[str, float]
    ahead: float
    locations: dict[str, str]


@dataclass(frozen=True)
class SensorState:
    """A sensor. ``began``: start of its latest tick in Unix time; ``seconds`` and ``failed``: of its latest finished tick."""

    name: str
    running: bool
    began: float | None
    seconds: float | None
    failed: bool | None


@dataclass(frozen=True)
class SystemState:
    """The state of the system as reported by the Dagster UI."""

    daemons: dict[str, bool]
    """Each required daemon, and whether it is healthy."""
    locations: dict[str, bool]
    """Each code location, and whether it is loaded."""
    sensors: tuple[SensorState, ...]


class DagsterApi:
    """A client of one running system. Every call raises OperatorError ``ui_unreachable`` or ``ui_refused``."""

    def __init__(self, url: str, *, token: str | None = None, seconds: float = _SECONDS) -> None:
        """``token``: the secret sent to the UI (``Owner.ui_token``). ``seconds``: timeout of a request."""
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._seconds = seconds

    def backfill(self, assets: Sequence[str], keys: Sequence[str], tags: Mapping[str, str]) -> str:
        """Start a backfill of these assets for these recordings, one run per recording; returns its id."""
        parameters = {
            "assetSelection": [{"path": [asset]} for asset in assets],
            "partitionNames": list(keys),
            "title": "meeting-pipeline reprocess",
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        }
        return str(self._field("launchPartitionBackfill", "backfillId", LAUNCH, parameters=parameters))

    def backfill_status(self, backfill_id: str) -> str:
        """The status of a backfill, a value of ``BulkActionStatus``."""
        return str(self._field("partitionBackfillOrError", "status", STATUS, id=backfill_id))

    def unfinished_runs(self, key: str) -> list[str]:
        """Ids of the unfinished runs of this recording, queued or running."""
        wanted = {"tags": [{"key": "dagster/partition", "value": key}], "statuses": list(UNFINISHED)}
        return [str(run["runId"]) for run in self._field("runsOrError", "results", RUNS, filter=wanted)]

    def terminate(self, run_ids: Sequence[str]) -> None:
        """Stop these runs, like the button in the UI. A run that has ended meanwhile is not an error."""
        if run_ids:
            self._field("terminateRuns", "terminateRunResults", TERMINATE, runs=list(run_ids))

    def problems(self) -> list[str]:
        """What does not work in the running system, in words; empty if everything works."""
        data = self._ask(HEALTH)
        daemons = data["instance"]["daemonHealth"]["allDaemonStatuses"]
        found = [f"its {d['daemonType']} daemon is silent" for d in daemons if d["required"] and not d["healthy"]]
        for location in data["workspaceOrError"].get("locationEntries") or ():
            state = (location["locationOrLoadError"] or {}).get("__typename")
            if state != "RepositoryLocation":
                found.append(f"its code location {location['name']} is not loaded")
        return found

    def state(self) -> SystemState:
        """The state of daemons, code locations and sensors."""
        data = self._ask(SYSTEM)
        daemons = data["instance"]["daemonHealth"]["allDaemonStatuses"]
        entries = data["workspaceOrError"].get("locationEntries") or ()
        loaded = {entry["name"]: entry["locationOrLoadError"] or {} for entry in entries}
        repositories = [one for found in loaded.values() for one in found.get("repositories") or ()]
        return SystemState(
            daemons={d["daemonType"]: bool(d["healthy"]) for d in daemons if d["required"]},
            locations={name: found.get("__typename") == "RepositoryLocation" for name, found in loaded.items()},
            sensors=tuple(_sensor(one) for repository in repositories for one in repository["sensors"]),
        )

    def progress(self, now: float) -> Progress:
        """The progress of daemons and sensors. ``now``: Unix time, because Dagster selects ticks by time."""
        data = self._ask(PROGRESS, now=now + 1.0)
        daemons = data["instance"]["daemonHealth"]["allDaemonStatuses"]
        entries = data["workspaceOrError"].get("locationEntries") or ()
        loaded = {entry["name"]: entry["locationOrLoadError"] or {} for entry in entries}
        sensors = [
            one["sensorState"]
            for found in loaded.values()
            for repository in found.get("repositories") or ()
            for one in repository["sensors"]
            if one["sensorState"]["status"] == "RUNNING"
        ]
        latest = [float(tick["timestamp"]) for one in sensors for tick in one["ticks"]]
        return Progress(
            ticks=",".join(str(tick["id"]) for one in sensors for tick in one["past"]) if sensors else None,
            beats={
                one["daemonType"]: float(one["lastHeartbeatTime"])
                for one in daemons
                if one["required"] and one["lastHeartbeatTime"]
            },
            ahead=max([at - now for at in latest], default=0.0),
            locations={name: _load_problem(found) for name, found in loaded.items()},
        )

    def _field(self, question: str, wanted: str, query: str, **variables: Any) -> Any:
        """A field of the response type that means success. Any other response becomes an error with its message."""
        answer = self._ask(query, **variables).get(question) or {}
        if wanted not in answer:
            raise refused(str(answer.get("message") or answer.get("__typename") or "an empty answer"))
        return answer[wanted]

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {**self._headers, "Content-Type": "application/json"}
        try:
            answer = ask(f"{self._url}/graphql", seconds=self._seconds, headers=headers, body=body)
            found = json.loads(answer.body)
        except (OSError, ValueError) as error:  # ValueError: the response is not JSON or not UTF-8
            raise OperatorError(
                "ui_unreachable", f"The running system's UI at {self._url} does not respond correctly.", _ADVICE
            ) from error
        errors = found.get("errors") if isinstance(found, dict) else None
        if errors:
            raise refused(str(errors[0].get("message")))
        data = found.get("data") if isinstance(found, dict) else None
        if not 200 <= answer.status < 300 or not isinstance(data, dict):
            raise refused(f"HTTP {answer.status} without data")
        return data


def _load_problem(found: dict[str, Any]) -> str:
    """A message for a location that is not loaded; empty if it is loaded, or still loading for the first time."""
    if found.get("__typename") in (None, "RepositoryLocation"):
        return ""
    lines = str(found.get("message") or found["__typename"]).strip().splitlines()
    return f"its code cannot be loaded: {one_line(lines[-1])[:_SHOWN]}"


def _sensor(found: dict[str, Any]) -> SensorState:
    ticks = found["sensorState"]["ticks"]
    ended = next((tick for tick in ticks if tick["endTimestamp"] is not None), None)
    return SensorState(
        name=str(found["name"]),
        running=found["sensorState"]["status"] == "RUNNING",
        began=float(ticks[0]["timestamp"]) if ticks else None,
        seconds=None if ended is None else float(ended["endTimestamp"]) - float(ended["timestamp"]),
        failed=None if ended is None else ended["status"] == "FAILURE",
    )


def refused(words: str) -> OperatorError:
    """The error for a request that the running system did not carry out."""
    return OperatorError("ui_refused", f"The running system refused the request: {one_line(words)[:_SHOWN]}", _ADVICE)
