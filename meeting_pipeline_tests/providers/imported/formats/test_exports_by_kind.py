"""Exports of many programs, with what a person reads in each.

``exports_by_kind.json``: by the kind of what is hard about them; ``exports_of_programs.json``: as each program writes them;
``exports_of_countries.json``: in other languages, encodings and habits.

A case has a file name, its text (or ``json``, or ``paragraphs`` of a Word document) and the turns: speaker, words, start in
seconds or ``null``. Neighbouring segments of one speaker are one turn.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.providers.imported.conservation import NOT_READ
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline_tests.providers.imported.formats.test_structured_formats import docx, paragraphs

KINDS: dict[str, list[dict[str, Any]]] = {
    kind: cases
    for file in ("exports_by_kind.json", "exports_of_programs.json", "exports_of_countries.json")
    for kind, cases in json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8")).items()
}
CASES = [pytest.param(case, id=f"{kind}: {case['name']}") for kind, cases in KINDS.items() for case in cases]
Turn = tuple[str | None, str, float | None]


def content_of(case: dict[str, Any]) -> bytes:
    """The bytes of the file."""
    if "paragraphs" in case:
        return docx(paragraphs(*case["paragraphs"]))
    text: str = json.dumps(case["json"]) if "json" in case else case["text"]
    return text.encode(case.get("encoding", "utf-8"))


def joined(turns: list[Turn]) -> list[Turn]:
    """Neighbours of one speaker as one turn."""
    found: list[Turn] = []
    for speaker, words, start in turns:
        if found and found[-1][0] == speaker:
            found[-1] = (speaker, f"{found[-1][1]} {words}", found[-1][2])
        else:
            found.append((speaker, words, start))
    return found


@pytest.mark.parametrize("case", CASES)
def test_an_export_is_read_as_a_person_reads_it(tmp_path: Path, case: dict[str, Any]) -> None:
    path = tmp_path / case["file"]
    path.write_bytes(content_of(case))
    transcript = read_transcript(path)
    names = transcript.speaker_names
    found = joined([(names.get(each.speaker), each.text, each.start_ms / 1000) for each in transcript.segments])
    right = joined([(speaker, words, start) for speaker, words, start in case["turns"]])
    assert [turn[:2] for turn in found] == [turn[:2] for turn in right]
    for turn, (_, _, start) in zip(found, right, strict=True):
        assert start is None or turn[2] == pytest.approx(start, abs=0.02)
    words = transcript.provenance.words
    assert words is not None
    assert NOT_READ not in words.left_out


def test_every_kind_has_cases() -> None:
    assert all(len(cases) >= 5 for cases in KINDS.values())
