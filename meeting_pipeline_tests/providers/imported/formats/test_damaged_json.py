"""JSON of every program with a value of another type, a missing key or one level too many: read or refused, never a crash."""

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline_tests.providers.imported.formats import test_structured_formats as programs
from meeting_pipeline_tests.providers.imported.formats.test_exports_by_kind import KINDS

EXPORTS: list[Any] = [
    programs.WHISPER,
    programs.WHISPERX,
    programs.CHUNKS,
    programs.WHISPER_CPP,
    programs.ASSEMBLYAI,
    programs.ASSEMBLYAI_WORDS,
    programs.DEEPGRAM,
    programs.DEEPGRAM_CHANNELS,
    programs.aws(old=False),
    programs.aws(old=True),
    programs.PODCAST,
    *(case["json"] for cases in KINDS.values() for case in cases if "json" in case),
]
OTHERS: list[Any] = [
    None,
    True,
    0,
    -1,
    1e308,
    float("nan"),
    10**400,
    "",
    "x",
    "1:2",
    [],
    {},
    [[]],
    [{}],
    {"text": 1},
    [1, "a"],
]
DAMAGES = 80
"""Of each export: enough to reach each of its keys several times, and few enough for two seconds in all."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a JSON value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def damaged(export: Any, chance: random.Random) -> Any:
    """The export with one value replaced, removed or put a level deeper."""
    copy = {"": json.loads(json.dumps(export))}
    *path, last = ("", *chance.choice(list(places(export))))
    parent: Any = copy
    for key in path:
        parent = parent[key]
    kind = chance.randrange(len(OTHERS) + 3)
    if kind < len(OTHERS):
        parent[last] = OTHERS[kind]
    elif kind == len(OTHERS) and len(path) > 0:
        del parent[last]
    else:
        parent[last] = [parent[last]] if kind % 2 else {"results": parent[last]}
    return copy[""]


@pytest.mark.parametrize("number", range(len(EXPORTS)))
def test_a_damaged_export_is_read_or_refused(tmp_path: Path, number: int) -> None:
    chance = random.Random(number)
    path = tmp_path / "a.json"
    for _ in range(DAMAGES):
        path.write_text(json.dumps(damaged(EXPORTS[number], chance)))
        try:
            transcript = read_transcript(path)
        except IntakeRefused:
            continue
        assert transcript.segments
        assert all(0 <= each.start_ms <= each.end_ms for each in transcript.segments)


@pytest.mark.parametrize("value", [{"results": [{}]}, [{"text": "a word", "startTime": 10**400}]])
def test_a_value_of_another_type_in_a_key_place_is_no_crash(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    with suppress(IntakeRefused):
        read_transcript(path)
