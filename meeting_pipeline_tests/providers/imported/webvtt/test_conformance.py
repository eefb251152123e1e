"""Every case of the suite is read as it says, and every word of it is kept or accounted for."""

import pytest

from meeting_pipeline.providers.imported.conservation import NOT_READ, word_count
from meeting_pipeline.providers.imported.export_format import Source
from meeting_pipeline_tests.providers.imported.webvtt import blocks, header, payload, settings, timings
from meeting_pipeline_tests.providers.imported.webvtt.cases import Case

MODULES = (header, timings, settings, blocks, payload)
CASES = [(f"{module.__name__.rpartition('.')[2]}: {case.name}", case) for module in MODULES for case in module.CASES]


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_a_file_gives_the_cues_of_its_case(case: Case) -> None:
    data = case.file if isinstance(case.file, bytes) else case.file.encode()
    export = Source("a.vtt", data).timed.export("vtt")
    assert tuple((line.start_ms, line.end_ms, line.speaker, line.text) for line in export.lines) == case.cues
    assert NOT_READ not in word_count(export.said or "", export).left_out


def test_the_suite_is_complete_and_its_names_are_distinct() -> None:
    assert len(CASES) >= 100
    assert len({name for name, _ in CASES}) == len(CASES)
