"""The versions that Dagster compares to show what is stale: the origin of a result, and its content.

A result's code version is the fingerprint with which it was made, its data version a hash of its content. Both are reported as
tags, which take precedence over what Dagster would compute: it knows neither, and a reused or kept result was made earlier.
Must not go here: what a fingerprint is made of (``domain/fingerprints.py``), the versions of inputs (``defs/ops/provenance.py``).
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.fingerprints import fingerprint_of, minutes_fingerprint
from meeting_pipeline.domain.insight_forms import Form, forms
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.insights.registry import use_questions
from meeting_pipeline.providers.fingerprints import fingerprints_in_use
from meeting_pipeline.providers.selection import analyst
from meeting_pipeline.settings import Settings
from meeting_pipeline.steps.delivery.finish import Finished
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline.store.results.promoted import promoted_questions

CODE_VERSION_TAG: Final = "dagster/code_version"
DATA_VERSION_TAG: Final = "dagster/data_version"
_GIVEN_TAG: Final = "dagster/data_version_is_user_provided"
"""Tags of Dagster (``dagster/_core/definitions/data_version.py``)."""
TRANSCRIPT_CODE_VERSION: Final = "1"
"""Transcripts come from different providers and exports: no version fits all of them, and a constant says nothing false."""
_log = logging.getLogger(__name__)


def versions_at_load(settings: Settings) -> dict[str, str]:
    """The fingerprints in use when the definitions are loaded. This process asks the promoted questions from now on."""
    try:
        use_questions(promoted_questions(settings.store_url))
        return fingerprints_in_use(analyst(settings))
    except PipelineError as error:  # the resource ``installation`` reports it where somebody reads it
        _log.warning("the versions of the assets are unknown: %s", error.code)
        return {}


def code_version_of(form: Form[Any], in_use: Mapping[str, str]) -> str:
    """The code version of an insight's asset."""
    return in_use.get(form.insight.value, form.code_version)


def minutes_code_version(in_use: Mapping[str, str]) -> str:
    """The code version of the minutes: they are behind as soon as one of their insights is."""
    return minutes_fingerprint(in_use) if in_use else "1"


def transcript_versions(transcript: Transcript) -> dict[str, str]:
    """The tags of a transcript."""
    return version_tags(TRANSCRIPT_CODE_VERSION, hash_json(transcript.model_dump(mode="json")))


def insight_versions(outcome: Extracted | Missing) -> dict[str, str]:
    """The tags of an insight: those of the result that is current now, if the attempt has failed."""
    if isinstance(outcome, Missing):
        return version_tags(outcome.fingerprint, outcome.content)
    made = fingerprint_of(forms()[outcome.insight], outcome.answer.prompt_version)
    return version_tags(made, hash_json(outcome.answer.result.model_dump(mode="json")))


def minutes_versions(finished: Finished) -> dict[str, str]:
    """The tags of minutes."""
    return version_tags(finished.fingerprint, hash_json(finished.minutes))


def version_tags(code: str, content: str) -> dict[str, str]:
    """The tags of a result that was made with this fingerprint. ``content``: a hash."""
    return {CODE_VERSION_TAG: code, DATA_VERSION_TAG: content[:16], _GIVEN_TAG: "true"}
