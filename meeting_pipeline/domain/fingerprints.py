"""Fingerprints: short names of everything that determines a result, to see whether it would be the same today.

A fingerprint changes with the prompt, the schema, the model, its options, and the rules. Belongs here: what a fingerprint is
made of. Must not go here: which one is in use (``providers/fingerprints.py``), which results are stale
(``store/results/origins.py``).
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from meeting_pipeline.domain.insight_forms import Form

REPLACED: Final = "transcript-replaced"
"""The fingerprint of a result whose transcript was replaced by one with other words: it equals none that can be in use."""
_FIRST_RULES: Final = "1"
"""The code version of an insight whose own rules have never changed. It is not part of the fingerprint, so that results from
before there were fingerprints have the right one."""

VERIFICATION_VERSION: Final[str] = "5"
"""The version of the rules that judge claims (``domain/verification/``). Whoever changes them so that stored verdicts should be
judged again raises it: all results are stale then. A change that is not worth that leaves it."""


def fingerprint_of(form: Form[Any], prompt_version: str) -> str:
    """The fingerprint of an insight: the version of its prompt, which includes the model, and those of the rules."""
    own = [] if form.code_version == _FIRST_RULES else [form.code_version]
    shared = [] if VERIFICATION_VERSION == _FIRST_RULES else [f"v{VERIFICATION_VERSION}"]
    return "/".join((prompt_version, *own, *shared))


def minutes_fingerprint(insights: Mapping[str, str]) -> str:
    """The fingerprint of minutes that rest on insights with these fingerprints, by the insights' names."""
    parts = "\0".join(f"{name}\0{fingerprint}" for name, fingerprint in sorted(insights.items()))
    return hashlib.sha256(parts.encode()).hexdigest()[:12]
