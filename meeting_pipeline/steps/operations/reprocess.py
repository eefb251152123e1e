"""Reprocesses recordings: decides which get a backfill, which start over, and which cannot be reprocessed.

Must not go here: GraphQL (``foundation/dagster_api.py``), output and waiting of the command line (``cli/reprocessing.py``).
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.foundation.dagster_runs_api import DagsterRunsApi
from meeting_pipeline.foundation.ownership import running_owner
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.under_way import Left, left_to_campaigns, locked_home, unfinished_of
from meeting_pipeline.steps.processing.catch_up import catch_up_places, catch_up_tags
from meeting_pipeline.steps.processing.grouping import evenly, may_share_runs
from meeting_pipeline.steps.processing.run_config import JOB, run_config
from meeting_pipeline.store.recordings.recordings import State


@dataclass(frozen=True)
class Plan:
    """The plan for each recording: restart it at its first stage, backfill its assets, or leave it alone."""

    retried: tuple[str, ...] = ()
    backfilled: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()


@dataclass(frozen=True)
class Started:
    """A backfill, or shared runs, with its recordings, and recordings that start over. ``system``: the Dagster UI's address.

    ``shared``: the value of ``CATCH_UP_TAG`` of the shared runs; ``runs``: how many they are. ``left``: what such a run is
    already making. ``held``: the insights whose new versions wait for a person. ``assets``: what is made of each recording.
    """

    system: str
    backfill: str | None
    backfilled: tuple[str, ...]
    retried: tuple[str, ...]
    shared: str | None = None
    runs: int = 0
    left: tuple[Left, ...] = ()
    held: tuple[Insight, ...] = ()
    assets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    token: str | None = field(default=None, repr=False)
    """The token for that UI."""

    @property
    def url(self) -> str | None:
        """The page of the backfill, or of the runs, in the Dagster UI."""
        if self.shared:
            return f"{self.system}/runs?q[0]={quote(f'tag:{policies.CATCH_UP_TAG}={self.shared}', safe='')}"
        return f"{self.system}/runs/b/{self.backfill}" if self.backfill else None


def holdable_insights(assets: Sequence[str] | None) -> tuple[str, ...]:
    """The insights to make with ``--hold``: those that are selected, by default all. Raises: OperatorError ``not_held``."""
    insights = tuple(insight.value for insight in Insight)
    wrong = [name for name in assets or () if name not in insights]
    if wrong:
        raise OperatorError(
            "not_held",
            f"{', '.join(wrong)} cannot be held: only new versions of insights can.",
            f"Choose from {', '.join(insights)}.",
        )
    return tuple(assets) if assets is not None else insights


def make_plan(installation: Installation, keys: Sequence[str], assets: Sequence[str], *, hold: bool = False) -> Plan:
    """Plan what to do with each recording. One that starts over gets no backfill: two runs would do everything twice.

    With ``hold``, a failed recording is left alone: it has nothing to compare with.
    Raises: PermanentError ``unknown_recording``.
    """
    retried, backfilled, left = [], [], []
    states = installation.store.recordings.states(keys)
    for key in keys:
        state = states[key]
        if not state.has_media and not state.has_transcript:
            left.append(Left(key, "file_refused", "its file was rejected; submit it again"))
        elif not state.status.terminal:
            left.append(Left(key, "not_finished", f"it is still {state.status.value}"))
        elif state.status is RecordingStatus.COMPLETED:
            backfilled.append(key)
        elif hold:
            left.append(Left(key, "failed_recording", "it failed; nothing of it can be held"))
        elif set(assets) == set(ResultKind.names()):
            retried.append(key)
        else:
            left.append(Left(key, "failed_recording", "it failed; reprocess it without --assets"))
    return Plan(tuple(retried), tuple(backfilled), tuple(left))


def start(
    installation: Installation,
    plan: Plan,
    assets: Sequence[str],
    each: Mapping[str, Sequence[str]] | None = None,
    *,
    hold: bool = False,
) -> Started:
    """Carry out the plan: by one backfill, or by shared runs if there are many, or if what they make is held.

    ``each``: the assets of each recording, if they differ; this always takes shared runs.

    Recordings of which such a run, or a backfill, is already making these assets are left: two people who ask at once do not pay
    twice. If the running system refuses, nothing changes, unless some of several runs were started: the error says so.
    Raises: OperatorError ``not_running``, ``ui_unreachable``, ``ui_refused``.
    """
    owner = running_owner(installation.settings.home)
    if owner is None:
        raise OperatorError("not_running", "No system is running on this home.", "Start it: meeting-pipeline up")
    api = DagsterRunsApi(owner.url, token=owner.ui_token)
    backfill, shared, runs = None, None, 0
    with locked_home(installation.settings.home):
        work = {key: tuple((each or {}).get(key, assets)) for key in plan.backfilled}
        left = (*(unfinished_of(api, plan.backfilled, assets) if work else ()), *left_to_campaigns(installation, work))
        held = {one.key for one in left}
        keys = tuple(key for key in plan.backfilled if key not in held)
        many = len(keys) > installation.settings.max_concurrent_runs and may_share_runs(installation)
        wanted = {key: list((each or {}).get(key, assets)) for key in keys}
        if keys and (
            each is not None or hold or many
        ):  # a held version is not a materialization, which a backfill would wait for
            shared = f"reprocess-{secrets.token_hex(4)}"
            runs = _launch(installation, api, shared, wanted, hold=hold)
        elif keys:
            backfill = api.backfill(assets, keys, {policies.REPROCESS_TAG: "true"})
    retried = start_over(installation, plan)
    made = {name for names in wanted.values() for name in names}
    waiting = tuple(insight for insight in Insight if insight.value in made) if hold else ()
    return Started(owner.url, backfill, keys, retried, shared, runs, left, waiting, wanted, owner.ui_token)


def limit_notice(installation: Installation, started: Started) -> str | None:
    """How the daily limit affects what was started; ``None`` if it stops nothing at present."""
    held = [outage for outage in installation.store.outages.open() if outage.limit]
    if not held:
        return None
    parts = [held[0].message]
    if started.backfilled:
        parts.append("What you request is still bought, beyond the limit.")
    if started.retried:
        parts.append(
            f"Recordings that start over wait until {held[0].probe_at:%Y-%m-%d %H:%M} UTC before anything is bought for them."
        )
    return " ".join(parts)


def _launch(
    installation: Installation, api: DagsterRunsApi, name: str, assets: Mapping[str, Sequence[str]], *, hold: bool
) -> int:
    """Start shared runs, behind new recordings. Returns how many. Raises: OperatorError, which says what was started."""
    settings = installation.settings
    groups = evenly(list(assets), catch_up_places(settings.max_concurrent_runs), settings.batch_recordings)
    configs = [
        run_config([{"key": key, "assets": list(assets[key])} for key in group], requested_by_user=True, hold=hold)
        for group in groups
    ]
    started = 0
    try:
        for _ in api.launch(JOB, configs, catch_up_tags(settings.max_concurrent_runs, name, "reprocess")):
            started += 1
    except OperatorError as error:
        if not started and error.code == "ui_refused":
            raise
        perhaps = " or more" if error.code == "ui_unreachable" else ""
        raise OperatorError(
            error.code,
            f"{error.message} {started}{perhaps} of {len(configs)} runs were started; they are paid for and continue.",
            f"They have the tag {policies.CATCH_UP_TAG}={name} in the UI. Reprocess again for the others: recordings in runs "
            "that have not ended are left out. To stop them, terminate them there.",
        ) from error
    return started


def missing(installation: Installation, key: str) -> tuple[str, ...]:
    """The assets that would fill all gaps of a recording; all assets if it failed."""
    overview = installation.store.overviews.get(key)
    if overview.row.status == RecordingStatus.FAILED:
        return ResultKind.names()
    gaps = {gap.insight for gap in overview.gaps}
    return tuple(name for name in ResultKind.names() if name in gaps)


def start_over(installation: Installation, plan: Plan) -> tuple[str, ...]:
    """Restart the failed recordings of a plan at their first stage. Returns those that were."""
    states = installation.store.recordings.states(plan.retried)
    return tuple(key for key in plan.retried if _retry(installation, key, states[key]))


def _retry(installation: Installation, key: str, state: State) -> bool:
    provider = installation.speech.choose(has_transcript=state.has_transcript)
    return installation.store.recordings.retry(key, needs_order=provider.remote)
