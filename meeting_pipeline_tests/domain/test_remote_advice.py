"""A caller who has only HTTP is never told to run a command, set a variable or read a file of the installation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import meeting_pipeline
from meeting_pipeline.domain.remote_advice import _LOCAL, ASK, remote_advice
from meeting_pipeline.settings import VARIABLES

ROOT = Path(meeting_pipeline.__file__).parent
CODE, MESSAGE, ADVICE = range(3)


def written(node: ast.expr) -> str | None:
    """The text of a literal, with a word for each value that is put into it."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "it" for part in node.values)
    return None


def errors_of(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Code and advice of every error that is written down with a code, a message and an advice."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            texts = [text for argument in node.args if (text := written(argument)) is not None]
            if len(texts) >= 3 and texts[CODE].replace("_", "").isalnum() and texts[CODE].islower():
                yield path, texts[CODE], texts[ADVICE]


def test_no_error_of_the_program_names_what_a_remote_caller_does_not_have() -> None:
    found = list(errors_of(ROOT))
    assert len(found) > 150
    told = {(code, advice): remote_advice(code, advice) for _, code, advice in found}
    assert sum(told[one] != one[1] for one in told) > 30
    for (code, advice), said in told.items():
        assert _LOCAL.search(said) is None, (code, advice)
        assert not any(variable in said for variable in VARIABLES.values()), (code, advice)
        assert bool(said) == bool(advice), (code, advice)


def test_errors_of_the_http_service_itself_are_written_for_remote_callers() -> None:
    local = [(path.name, code) for path, code, advice in errors_of(ROOT / "api") if _LOCAL.search(advice)]
    assert local == []


def test_what_names_no_command_is_told_as_it_is() -> None:
    for advice in ("", "Send it again.", "Use an ID such as A_B or a name; see `errors`."):
        assert remote_advice("any", advice) == advice


@pytest.mark.parametrize(
    ("advice", "told"),
    [
        ("Recordings wait. `meeting-pipeline doctor` says why.", f"Recordings wait. {ASK}"),
        ("Set OPENAI_API_KEY, and restart `up`", ASK),
        ("Raise MEETING_PIPELINE_MAX_USD_PER_DAY. It continues tomorrow", f"It continues tomorrow. {ASK}"),
    ],
)
def test_sentences_for_whoever_runs_the_system_are_left_out(advice: str, told: str) -> None:
    assert remote_advice("any", advice) == told


def test_the_api_is_named_where_it_offers_the_same() -> None:
    assert "GET /v1/recordings" in remote_advice("unknown_recording", "`meeting-pipeline list` shows the recordings.")
