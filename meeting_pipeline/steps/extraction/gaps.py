"""Stores the gap that an insight leaves after the last attempt, and the result that stays current instead.

Must not go here: retries of gaps (``request_gaps.py``), extracting (``extract.py``).
"""

from dataclasses import replace

from meeting_pipeline.domain.answers import Unavailable
from meeting_pipeline.domain.errors import TransientError
from meeting_pipeline.domain.fingerprints import fingerprint_of
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.extraction.outcomes import NOTHING, Missing


def note_gap(installation: Installation, key: str, run_id: str, missing: Missing) -> Missing:
    """Store the gap after the last attempt of this run. Returns it with the version that stays current."""
    error = missing.error
    gap = Unavailable(
        insight=missing.insight,
        code=error.code,
        reason=error.message,
        advice=error.advice,
        retryable=error.retryable,
        retry_after_s=error.retry_after_s if isinstance(error, TransientError) else None,
    )
    kept = installation.store.results.store_gap(key, run_id, gap, outage=error.outage)
    noted = with_kept(installation, key, replace(missing, kept_version=kept))
    crash_point("gaps.noted", key)
    return noted


def with_kept(installation: Installation, key: str, missing: Missing) -> Missing:
    """The gap with the data of the result that stays current; without one, with the version that should have made it."""
    insight = missing.insight
    if missing.kept_version is None:
        to_make = fingerprint_of(forms()[insight], installation.analyst.prompt_version(insight))
        return replace(missing, fingerprint=to_make)
    kind = ResultKind(insight.value)
    kept = installation.store.results.current(key, kind)[kind]
    made = installation.store.origins.of(key).get(insight.value, kept.prompt_version or "")
    return replace(missing, fingerprint=made, content=kept.payload_hash or NOTHING)
