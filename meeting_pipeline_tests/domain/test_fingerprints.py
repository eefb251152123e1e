"""A fingerprint changes with everything that makes a result, and stays where nothing has changed."""

from dataclasses import replace

import pytest

from meeting_pipeline.domain import fingerprints
from meeting_pipeline.domain.fingerprints import fingerprint_of
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.result_kinds import Insight


def test_rules_that_have_never_changed_are_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "VERIFICATION_VERSION", "1")
    assert fingerprint_of(forms()[Insight.SUMMARY], "abc") == "abc"


def test_other_rules_of_an_insight_or_of_verification_make_its_results_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    form = forms()[Insight.SUMMARY]
    monkeypatch.setattr(fingerprints, "VERIFICATION_VERSION", "1")
    own = fingerprint_of(replace(form, code_version="2"), "abc")
    monkeypatch.setattr(fingerprints, "VERIFICATION_VERSION", "2")
    shared = fingerprint_of(form, "abc")
    both = fingerprint_of(replace(form, code_version="2"), "abc")
    assert len({"abc", own, shared, both}) == 4
