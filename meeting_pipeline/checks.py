"""The asset checks, named as facts. All are WARN: they mark what a person should look at, and block nothing.

Belongs here: the specs and verdicts. A check is evaluated by the asset that it checks, in the same step, so that it
speaks of that partition. Must not go here: validation that refuses a result (``insights/``, ``steps/``).
https://docs.dagster.io/guides/test/asset-checks
"""

import warnings
from collections.abc import Mapping, Sequence

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.domain.models import Insight, Transcript
from meeting_pipeline.partitions import recordings

COVERS = "transcript_covers_the_recording"
CONFIDENT = "words_are_recognised_confidently"
_COVERED_SHARE = 0.5
"""Meetings have pauses; a last word before the half of a recording is a cut-off recording or an open microphone."""


def _spec(name: str, asset: str, description: str) -> dg.AssetCheckSpec:
    with warnings.catch_warnings():
        # A check per partition is a preview API in Dagster 1.13. Without it the UI shows only the last meeting's verdict.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.AssetCheckSpec(name, asset=asset, description=description, partitions_def=recordings)


TRANSCRIPT_CHECKS = [
    _spec(
        COVERS,
        "transcript",
        "Speech reaches beyond the first half of the recording. If not: listen whether the recording went silent.",
    ),
    _spec(
        CONFIDENT,
        "transcript",
        f"Mean word confidence is at least {policies.DRAFT_FACT_CONFIDENCE}. If not: items are shown as candidates only; "
        "check them against the recording.",
    ),
]

AVAILABLE = {insight: f"{insight.value}_are_available" for insight in Insight} | {
    Insight.SUMMARY: "summary_is_available"
}
INSIGHT_CHECKS = [
    _spec(
        AVAILABLE[insight],
        insight.value,
        "The newest try gave a result. If not: the metadata say why; the gap is asked for again by itself, or materialize "
        "this partition once the reason is gone.",
    )
    for insight in Insight
]


def transcript_checks(transcript: Transcript, recording_ms: int) -> Sequence[dg.AssetCheckResult]:
    """The verdicts on a transcript."""
    last_ms = max(segment.end_ms for segment in transcript.segments)
    share = last_ms / recording_ms if recording_ms else 1.0
    confidence = transcript.confidence
    return [
        _warn(COVERS, "transcript", share >= _COVERED_SHARE, {"last_word_at_share": round(share, 3)}),
        _warn(
            CONFIDENT,
            "transcript",
            confidence is None or confidence >= policies.DRAFT_FACT_CONFIDENCE,
            {"mean_word_confidence": round(confidence, 3) if confidence is not None else "not given by the source"},
        ),
    ]


def transcript_checks_waiting(provider: str) -> Sequence[dg.AssetCheckResult]:
    """Nothing to judge yet: ordered, and the provider works on it."""
    waiting = {"waiting_for": provider}
    return [_warn(name, "transcript", False, waiting) for name in (COVERS, CONFIDENT)]


def available_check(
    insight: Insight, *, passed: bool, why: str = "", kept_version: int | None = None
) -> dg.AssetCheckResult:
    """Whether an insight could be had this time."""
    metadata: dict[str, str | int | float] = {}
    if not passed:
        metadata["why"] = why
        metadata["shown_instead"] = f"version {kept_version}" if kept_version else "a gap"
    return _warn(AVAILABLE[insight], insight.value, passed, metadata)


def _warn(name: str, asset: str, passed: bool, metadata: Mapping[str, str | int | float]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name, asset_key=asset, passed=passed, severity=dg.AssetCheckSeverity.WARN, metadata=metadata
    )
