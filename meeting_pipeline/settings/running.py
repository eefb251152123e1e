"""How much runs at once, when sensors are evaluated, and how long old runs, logs and rejected files are kept.

Belongs here: fields of ``Settings`` on this subject, and what follows from them. Must not go here: reading them
(``loading.py``), their variables (``variables.py``).
"""

from typing import Literal

from pydantic import Field

from meeting_pipeline.settings.subject import SubjectSettings


class RunningSettings(SubjectSettings):
    """How much runs at once, when sensors are evaluated, and how long old runs, logs and rejected files are kept."""

    keep_runs_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days for which Dagster keeps finished runs with their events: a quarter, for late questions. What "
        "lineage needs is kept for ever. `0`: no run is removed.",
    )
    keep_failed_runs_days: int = Field(
        default=180,
        ge=0,
        le=36_500,
        description="The same for failed runs, if it is longer: they are few, and earlier ones help to recognise a rare fault. "
        "`0`: for ever.",
    )
    keep_rejected_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days for which rejected files are kept in `rejected`, for submitters who ask late. `0`: for ever.",
    )
    keep_logs_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days after which a log file is rotated; a line is removed when it is one to two times as old. `0`: by size "
        "alone.",
    )
    max_concurrent_runs: int = Field(default=4, ge=1, le=64, description="Recordings processed in parallel.")
    batch_recordings: int = Field(
        default=25,
        ge=1,
        le=100,
        description="Recordings that one run processes when more are ready than runs are free (1: each has its own run).",
    )
    batch_calls: int = Field(
        default=16, ge=1, le=64, description="Model calls that a run of many recordings makes in parallel."
    )
    wake_sensors: Literal["on", "off"] = Field(
        default="on",
        description="`off`: sensors are evaluated every 5 s only, as by Dagster's own daemon, not when something changes.",
    )
    time_scale: float = Field(
        default=1.0, gt=0, le=1.0, description="For tests: waits between attempts are multiplied by this."
    )
