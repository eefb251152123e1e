"""Every regular expression is checked, and none takes more than linear time."""

import ast
import json
import re
import subprocess
import sys
from collections import deque
from pathlib import Path

import pytest

from meeting_pipeline.domain.keys import mentions_of
from meeting_pipeline_tests.patterns.collecting import ROOT, Found, Module, collect
from meeting_pipeline_tests.patterns.measuring import judged
from meeting_pipeline_tests.processor_time import assert_within


def module(source: str) -> Module:
    return Module(Path("a.py"), "nowhere", ast.parse(source))


PUT_TOGETHER = {"meeting_pipeline.domain.keys", "meeting_pipeline.steps.operations.erase_files"}
"""Modules that define and use ``mentions_of``: an escaped key between two look-arounds of fixed length. Judged below."""
HOSTILE_MENTIONS = ("{key}-0 ", "0{key} ", "{key}", "2026-01-02-weekly-0000000", "-")
SHORT = 1024
"""A quadratic pattern takes seconds for the texts with which patterns are screened, and milliseconds for these."""
MENTIONS_CPU_S = 2.0
"""A linear search of a megabyte takes milliseconds."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
"""A wall-clock limit in case something hangs. The work has a limit of processor time, which a busy machine cannot use up."""


@pytest.fixture(scope="module")
def everywhere() -> dict[str, list[str]]:
    """The patterns of the package, collected and judged by one process: parsing and importing all modules takes seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "meeting_pipeline_tests.patterns"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_every_pattern_takes_linear_time_for_a_megabyte_of_hostile_text(everywhere: dict[str, list[str]]) -> None:
    assert everywhere["slow"] == []


def test_every_pattern_of_the_package_is_found(everywhere: dict[str, list[str]]) -> None:
    places, dynamic = everywhere["places"], everywhere["dynamic"]
    unknown = [place for place in dynamic if place.rpartition(":")[0] not in PUT_TOGETHER]
    assert unknown == [], "written so that nobody can find it: assign it to a name of the module"
    assert len(dynamic) == len(PUT_TOGETHER)
    assert {
        "meeting_pipeline.providers.imported.cues.payload._VOICE",
        "meeting_pipeline.providers.offline.action_rules._TRIGGERS",
        "meeting_pipeline.domain.document._MARKUP",
    } <= set(places)
    # At least as many as there are calls in the source: a tuple of patterns is one name.
    calls = re.compile(r"\bre\.(?:compile|search|match|sub)\(")
    written = sum(len(calls.findall(path.read_text("utf-8"))) for path in ROOT.rglob("*.py"))
    assert len(places) + len(dynamic) >= written
    assert everywhere["scripts"]


@pytest.mark.parametrize("piece", HOSTILE_MENTIONS)
def test_a_key_is_looked_for_in_linear_time(piece: str) -> None:
    key = "2026-01-02-weekly-00000000"
    text = piece.format(key=key)
    text *= 1_000_000 // len(text)
    assert_within(MENTIONS_CPU_S, lambda: deque(mentions_of(key).finditer(text), maxlen=0))


@pytest.mark.parametrize(
    "source",
    [
        'import re\ndef f(word):\n    return re.compile(f"{word}+")\n',
        "import re\ndef f(pattern, text):\n    return re.search(pattern, text)\n",
        'import re\ndef f(word, text):\n    return re.sub("a" + word, "", text)\n',
    ],
)
def test_a_pattern_that_is_made_while_the_program_runs_is_reported(source: str) -> None:
    assert collect([module(source)])[1] == ["nowhere:3"]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\b(?:if|unless)\b[^,]*$",
        r"\[(?P<name>[^\]]+)\]",
        r"\s+$",
    ],
)
def test_a_pattern_that_is_not_linear_is_recognised(pattern: str) -> None:
    assert judged(Found("here", re.compile(pattern)), largest=64 * SHORT, screened=SHORT) is not None


@pytest.mark.parametrize("pattern", [r"[^>]{1,300}+>", r"\w+"])
def test_a_linear_pattern_passes(pattern: str) -> None:
    assert judged(Found("here", re.compile(pattern)), largest=128 * 1024) is None
