"""No regular expression takes more than linear time, and every one of them is looked at."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from meeting_pipeline_tests.patterns.collecting import Found, Module, collect, modules, scripts
from meeting_pipeline_tests.patterns.measuring import judged


def module(source: str) -> Module:
    return Module(Path("a.py"), "nowhere", ast.parse(source))


pytestmark = pytest.mark.timeout(3600)
"""Of the wall clock, for what hangs. The work is bounded by processor time, which a busy machine does not give away."""


def test_every_pattern_takes_linear_time_for_a_megabyte_of_hostile_text() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "meeting_pipeline_tests.patterns"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_pattern_of_the_package_is_found() -> None:
    found, dynamic = collect(modules())
    assert dynamic == [], "written so that nobody can find it: assign it to a name of the module"
    places = {one.place for one in found}
    assert {
        "meeting_pipeline.providers.imported.cues._VOICE",
        "meeting_pipeline.providers.offline.action_rules._TRIGGERS",
        "meeting_pipeline.domain.document._MARKUP",
    } <= places
    # As many as the word stands in the source, or more: a tuple of patterns is one name.
    written = sum(
        len(re.findall(r"\bre\.(?:compile|search|match|sub)\(", one.path.read_text("utf-8"))) for one in modules()
    )
    assert len(found) >= written
    assert scripts()


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
def test_a_pattern_that_is_not_linear_is_recognized(pattern: str) -> None:
    assert judged(Found("here", re.compile(pattern))) is not None


@pytest.mark.parametrize("pattern", [r"[^>]{1,300}+>", r"\w+"])
def test_a_linear_pattern_passes(pattern: str) -> None:
    assert judged(Found("here", re.compile(pattern)), largest=128 * 1024) is None
