"""The asset checks, named as facts. They point out what a person should look at, and block nothing.

A recording that failed is an ERROR, everything else is a WARN.

Belongs here: the specs and verdicts. The checked asset evaluates its checks in its own step, so that they refer to the same
partition.
Must not go here: validation that refuses a result (``insights/``, ``steps/``).
https://docs.dagster.io/guides/test/asset-checks
"""

import warnings
from collections.abc import Mapping, Sequence

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.defs.partitions import recordings, versions
from meeting_pipeline.defs.preview import measure
from meeting_pipeline.defs.words_metadata import words_metadata
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.provenance import WordCount
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Transcript

TRANSCRIBED = "transcript_is_available"
COVERS = "transcript_covers_the_recording"
CONFIDENT = "words_are_recognised_confidently"
KEPT = "words_are_kept"
_KEPT_SHARE = 0.98
"""A title and a list of attendees, which are not talk, are less than 2 % of the words of half an hour."""
_COVERED_SHARE = 0.5
"""Meetings have pauses, but a last word in the first half means a truncated recording or a microphone left on."""


def _spec(
    name: str, asset: str, description: str, partitions: dg.PartitionsDefinition[str] = recordings
) -> dg.AssetCheckSpec:
    with warnings.catch_warnings():
        # Checks per partition are a preview API in Dagster 1.13. Without them the UI shows only the last meeting's verdict.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.AssetCheckSpec(name, asset=asset, description=description, partitions_def=partitions)


TRANSCRIPT_CHECKS = [
    _spec(
        TRANSCRIBED,
        "transcript",
        "There is a transcript. Red: the recording failed for good; the code says why. Reprocess it, or delete it. "
        "Amber: the provider is still working on it.",
    ),
    _spec(
        COVERS,
        "transcript",
        "Somebody still speaks in the second half of the recording. Amber: the last word is earlier. Listen to check "
        "whether the recording went silent or was left running.",
    ),
    _spec(
        CONFIDENT,
        "transcript",
        f"The mean confidence of the words is at least {policies.DRAFT_FACT_CONFIDENCE}. Amber: the text is uncertain. A draft "
        "made from it shows its items as candidates only; compare them with the recording.",
    ),
    _spec(
        KEPT,
        "transcript",
        f"At least {_KEPT_SHARE:.0%} of the words of a submitted transcript export are in the transcript. Amber: more "
        "were left out; `left_out` says how many, and why. Compare the transcript with the file.",
    ),
]
NOTHING_OVERDUE = "nothing_is_overdue"
EVERYTHING_HAS_AN_OWNER = "everything_has_an_owner"
FEW_SLIPPED = "few_have_slipped"
_SLIPPED_SHARE = 0.25
"""If more than a quarter of the open commitments have slipped, the dates are not realistic."""
COMMITMENT_CHECKS = [
    dg.AssetCheckSpec(
        NOTHING_OVERDUE,
        asset="commitments",
        description="No open action item was due before today. Amber: some were; the page lists them under Overdue.",
    ),
    dg.AssetCheckSpec(
        EVERYTHING_HAS_AN_OWNER,
        asset="commitments",
        description="Each open action item has an owner. Amber: some have none; name the owner on the page.",
    ),
    dg.AssetCheckSpec(
        FEW_SLIPPED,
        asset="commitments",
        description=f"At most {_SLIPPED_SHARE:.0%} of the open action items have slipped. Amber: more have slipped.",
    ),
]


def commitment_checks(
    asset: str, overdue: int, nobody_named: int, slipped: int, open_items: int
) -> Sequence[dg.AssetCheckResult]:
    """The verdicts on the open commitments."""
    share = slipped / open_items if open_items else 0.0
    return [
        _warn(NOTHING_OVERDUE, asset, overdue == 0, {"overdue": dg.IntMetadataValue(overdue)}),
        _warn(EVERYTHING_HAS_AN_OWNER, asset, nobody_named == 0, {"nobody_named": dg.IntMetadataValue(nobody_named)}),
        _warn(FEW_SLIPPED, asset, share <= _SLIPPED_SHARE, {"slipped_share": measure(share, 3)}),
    ]


F1_NOT_WORSE = "f1_not_worse"
NO_LIE_PASSES = "no_lie_passes"
COST_NOT_HIGHER = "cost_not_higher"
EVALUATION_CHECKS = [
    _spec(
        F1_NOT_WORSE,
        "evaluation",
        "F1 of action items, decisions and names is not below the interval of the current version. Amber: it is lower; "
        "do not promote this version without a reason.",
        versions,
    ),
    _spec(
        NO_LIE_PASSES,
        "evaluation",
        "No scripted lie is published as a fact. Amber: the checks let some through; the worst items show them.",
        versions,
    ),
    _spec(
        COST_NOT_HIGHER,
        "evaluation",
        "A meeting costs no more than with the current version. Amber: it costs more; decide whether what is "
        "better is worth that.",
        versions,
    ),
]


def evaluation_check(name: str, *, passed: bool, why: str) -> dg.AssetCheckResult:
    """A verdict on a measured version."""
    return _warn(name, "evaluation", passed, {"why": dg.MetadataValue.text(why)})


def available_checks() -> Mapping[str, str]:
    """Check name -> insight: whether each insight is available."""
    return {form.check_name: form.insight.value for form in forms().values()}


def insight_checks() -> list[dg.AssetCheckSpec]:
    """The specs of the availability checks."""
    return [
        _spec(
            name,
            insight,
            "The latest attempt produced a result. Amber: it is a gap; the reason and what is shown instead are below. "
            "The "
            "metadata of the materialization say when it is retried automatically; to retry now, materialize the partition.",
        )
        for name, insight in available_checks().items()
    ]


def transcript_checks(transcript: Transcript, recording_ms: int) -> Sequence[dg.AssetCheckResult]:
    """The verdicts on a transcript."""
    last_ms = max(segment.end_ms for segment in transcript.segments)
    share = last_ms / recording_ms if recording_ms else 1.0
    confidence = transcript.confidence
    certain = confidence is None or confidence >= policies.DRAFT_FACT_CONFIDENCE
    said = "given by the source" if confidence is not None else "not given by the source"
    return [
        _warn(TRANSCRIBED, "transcript", True, {"code": dg.MetadataValue.text("none")}),
        _warn(COVERS, "transcript", share >= _COVERED_SHARE, {"last_word_at_share": measure(share, 3)}),
        _warn(
            CONFIDENT,
            "transcript",
            certain,
            {"mean_word_confidence": measure(confidence, 3), "confidence": dg.MetadataValue.text(said)},
        ),
        _kept(transcript.provenance.words),
    ]


def _kept(words: WordCount | None) -> dg.AssetCheckResult:
    if words is None:
        return _warn(KEPT, "transcript", True, {"why": dg.MetadataValue.text("not imported from a file")})
    return _warn(KEPT, "transcript", words.share >= _KEPT_SHARE, words_metadata(words))


def transcript_checks_waiting(provider: str) -> Sequence[dg.AssetCheckResult]:
    """Nothing to judge yet: the transcript is ordered, and the provider works on it."""
    waiting = {"waiting_for": dg.MetadataValue.text(provider)}
    return [_warn(name, "transcript", False, waiting) for name in (TRANSCRIBED, COVERS, CONFIDENT, KEPT)]


def transcript_failed_check(code: str) -> dg.AssetCheckResult:
    """The recording failed for good: there will be no transcript until a person does something. ``code``: of its error."""
    return dg.AssetCheckResult(
        check_name=TRANSCRIBED,
        asset_key="transcript",
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"code": dg.MetadataValue.text(code)},
    )


def available_check(insight: Insight, *, version: int | None, why_not: str | None = None) -> dg.AssetCheckResult:
    """Whether the latest attempt produced the insight. ``version``: the one shown now, ``None`` for a gap."""
    shown = "a gap" if version is None else f"version {version}"
    found = {
        "shown_now": dg.MetadataValue.text(shown),
        "why": dg.MetadataValue.text(why_not or "the latest attempt succeeded"),
    }
    return _warn(forms()[insight].check_name, insight.value, why_not is None, found)


def _warn(name: str, asset: str, passed: bool, metadata: Mapping[str, dg.MetadataValue]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name, asset_key=asset, passed=passed, severity=dg.AssetCheckSeverity.WARN, metadata=metadata
    )
