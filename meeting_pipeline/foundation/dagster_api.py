"""The running system's GraphQL API, the one that its UI uses: start and stop runs, ask how they go and how the system is.

Source of the types: ``dagster_graphql/schema``. Add a question when somebody needs its answer. Must not go here: which
recordings and why (``steps/operations/reprocess.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.foundation.http_environment import trusting_nobody

BACKFILL_SUCCEEDED: Final = frozenset({"COMPLETED_SUCCESS", "COMPLETED"})
BACKFILL_ENDED: Final = BACKFILL_SUCCEEDED | {"COMPLETED_FAILED", "FAILED", "CANCELED"}
"""Values of ``BulkActionStatus`` that a backfill stays at."""

_SECONDS = 60.0
"""A backfill of thousands of partitions takes the UI some seconds to accept."""
_SHOWN = 300
_ADVICE = "See the files in logs/ below the home. Restart the system if its version differs from this program's."
LAUNCH = """mutation Reprocess($parameters: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $parameters) { __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PartitionKeysNotFoundError { message }
    ... on Error { message } } }"""
STATUS = """query Backfill($id: String!) { partitionBackfillOrError(backfillId: $id) { __typename
    ... on PartitionBackfill { status }
    ... on Error { message } } }"""
RUNS = """query Runs($filter: RunsFilter!) { runsOrError(filter: $filter, limit: 100) { __typename
    ... on Runs { results { runId } }
    ... on Error { message } } }"""
TERMINATE = """mutation Stop($runs: [String!]!) { terminateRuns(runIds: $runs) { __typename
    ... on TerminateRunsResult { terminateRunResults { __typename } }
    ... on Error { message } } }"""
UNFINISHED: Final = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED")
"""Values of ``RunStatus`` of runs that can be stopped."""
HEALTH = """query Health {
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
  workspaceOrError { __typename
    ... on Workspace { locationEntries { name locationOrLoadError { __typename } } } } }"""


SYSTEM = """query System {
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
  workspaceOrError { __typename
    ... on Workspace { locationEntries { name locationOrLoadError { __typename
      ... on RepositoryLocation { repositories { sensors { name sensorState { status
        ticks(limit: 3) { timestamp endTimestamp status } } } } } } } } } }"""


PROGRESS = """query Progress($now: Float!) {
  instance { daemonHealth { allDaemonStatuses { daemonType required lastHeartbeatTime } } }
  workspaceOrError { __typename
    ... on Workspace { locationEntries { name locationOrLoadError { __typename
      ... on PythonError { message }
      ... on RepositoryLocation { repositories { sensors { name sensorState { status
        ticks(limit: 1) { timestamp } past: ticks(limit: 1, beforeTimestamp: $now) { id } } } } } } } } } }"""


@dataclass(frozen=True)
class Progress:
    """Marks of work: ``ticks`` changes when any sensor ticks, ``beats`` are when each daemon was heard last, Unix time.

    ``ticks`` is ``None`` when no sensor is to tick. ``locations``: what is wrong with each, empty words if nothing.
    ``ahead``: seconds by which the latest tick is in the future; so it is when the clock was set back.
    """

    ticks: str | None
    beats: dict[str, float]
    ahead: float
    locations: dict[str, str]


@dataclass(frozen=True)
class SensorState:
    """A sensor. ``began``: of its latest tick, Unix time; ``seconds`` and ``failed``: of the latest that ended."""

    name: str
    running: bool
    began: float | None
    seconds: float | None
    failed: bool | None


@dataclass(frozen=True)
class SystemState:
    """What the UI tells of the system."""

    daemons: dict[str, bool]
    """Required ones: whether they give signs of life."""
    locations: dict[str, bool]
    """Whether they are loaded."""
    sensors: tuple[SensorState, ...]


class DagsterApi:
    """A client of one running system. Every call raises OperatorError ``ui_unreachable`` or ``ui_refused``."""

    def __init__(self, url: str, *, token: str | None = None, seconds: float = _SECONDS) -> None:
        """``token``: what the UI is shown (``Owner.ui_token``). ``seconds``: how long the UI may be silent."""
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._seconds = seconds

    def backfill(self, assets: Sequence[str], keys: Sequence[str]) -> str:
        """Have these assets made again for these recordings, one run a recording; returns the backfill's id."""
        parameters = {
            "assetSelection": [{"path": [asset]} for asset in assets],
            "partitionNames": list(keys),
            "title": "meeting-pipeline reprocess",
        }
        return str(self._field("launchPartitionBackfill", "backfillId", LAUNCH, parameters=parameters))

    def backfill_status(self, backfill_id: str) -> str:
        """A value of ``BulkActionStatus``."""
        return str(self._field("partitionBackfillOrError", "status", STATUS, id=backfill_id))

    def unfinished_runs(self, key: str) -> list[str]:
        """Ids of the runs of this recording that wait or go on."""
        wanted = {"tags": [{"key": "dagster/partition", "value": key}], "statuses": list(UNFINISHED)}
        return [str(run["runId"]) for run in self._field("runsOrError", "results", RUNS, filter=wanted)]

    def terminate(self, run_ids: Sequence[str]) -> None:
        """Stop these runs, as the UI's button does. One that has ended meanwhile is no error."""
        if run_ids:
            self._field("terminateRuns", "terminateRunResults", TERMINATE, runs=list(run_ids))

    def troubles(self) -> list[str]:
        """What of the running system does not work, in words; empty if all does."""
        data = self._ask(HEALTH)
        daemons = data["instance"]["daemonHealth"]["allDaemonStatuses"]
        found = [f"its {d['daemonType']} daemon is silent" for d in daemons if d["required"] and not d["healthy"]]
        for location in data["workspaceOrError"].get("locationEntries") or ():
            state = (location["locationOrLoadError"] or {}).get("__typename")
            if state != "RepositoryLocation":
                found.append(f"its code location {location['name']} is not loaded")
        return found

    def state(self) -> SystemState:
        """How daemons, code locations and sensors are."""
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
        """Whether daemons and sensors get on. ``now``: Unix time; Dagster lists ticks by their times."""
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
        """A field of the one answer that means success; any other answer is told in its own words."""
        answer = self._ask(query, **variables).get(question) or {}
        if wanted not in answer:
            raise _refused(str(answer.get("message") or answer.get("__typename") or "an empty answer"))
        return answer[wanted]

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        import httpx

        body = {"query": query, "variables": variables}
        try:
            # Always on this machine, by plain HTTP: neither proxies nor certificates of the environment matter.
            answer = httpx.post(
                f"{self._url}/graphql",
                json=body,
                headers=self._headers,
                timeout=self._seconds,
                trust_env=False,
                verify=trusting_nobody(),
            )
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:  # ValueError: an answer that is not JSON, not UTF-8
            raise OperatorError(
                "ui_unreachable", f"The running system's UI at {self._url} does not respond correctly.", _ADVICE
            ) from error
        errors = found.get("errors") if isinstance(found, dict) else None
        if errors:
            raise _refused(str(errors[0].get("message")))
        data = found.get("data") if isinstance(found, dict) else None
        if not answer.is_success or not isinstance(data, dict):
            raise _refused(f"HTTP {answer.status_code} without data")
        return data


def _load_problem(found: dict[str, Any]) -> str:
    """Words for a location that is not loaded; none while it is loaded for the first time."""
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


def _refused(words: str) -> OperatorError:
    return OperatorError("ui_refused", f"The running system refused the request: {one_line(words)[:_SHOWN]}", _ADVICE)
