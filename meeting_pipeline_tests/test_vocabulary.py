"""One word for one thing, the field's term: replaced names do not come back. The words are in ``vocabulary.py``."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.catalog.columns import ITEM_COLUMNS, meeting_columns
from meeting_pipeline.cli import COMMANDS, main
from meeting_pipeline.foundation.logs import FIELDS
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.vocabulary import ALERTS, IDENTIFIERS, MODULES, RECORDING_ID, WORDS_OF_VALUES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "meeting_pipeline"
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]
OF_OTHER_THINGS = {
    "Commitment",
    "CommitmentDetail",
    "DeliveryDetail",
    "Delivery",
    "Mail",
    "Person",
    "PersonDetail",
    "SuggestedPerson",
    "Segment",
    "RecordingLinks",
    "SubmissionLinks",
}
"""Components whose ``id`` is not a recording's, or whose ``meeting`` is an address."""


def names(tree: ast.AST) -> Iterator[str]:
    """The names that a module defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def values(tree: ast.AST) -> Iterator[str]:
    """The string literals of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_names_and_values_are_found() -> None:
    tree = ast.parse("class Desk:\n    def __init__(self, hello):\n        self._patience = ripe = 'ending'\n")
    assert {name.lower().lstrip("_") for name in names(tree)} >= {"desk", "hello", "patience", "ripe"}
    assert list(values(tree)) == ["ending"]


def test_no_module_has_a_name_that_was_replaced() -> None:
    found = {str(path.relative_to(PACKAGE)): MODULES[path.stem] for path in SOURCES if path.stem in MODULES}
    assert found == {}


@pytest.mark.parametrize("room", sorted({path.relative_to(PACKAGE).parts[0] for path in SOURCES}))
def test_nothing_in_the_package_has_a_name_that_was_replaced(room: str) -> None:
    found = {}
    for path in SOURCES:
        if path.relative_to(PACKAGE).parts[0] != room:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name in names(tree):
            plain = name.lower().lstrip("_")
            if plain in IDENTIFIERS:
                found[f"{path.relative_to(PACKAGE)}: {name}"] = IDENTIFIERS[plain]
        for value in values(tree):
            if value in WORDS_OF_VALUES:
                found[f"{path.relative_to(PACKAGE)}: {value!r}"] = WORDS_OF_VALUES[value]
    assert found == {}


def test_alerts_and_dashboard_use_the_new_names() -> None:
    texts = [(ROOT / name).read_text() for name in ("docs/prometheus/alerts.yml", "docs/grafana/meeting_pipeline.json")]
    assert "alert: DatabaseDown" in texts[0]
    old = [*ALERTS, *(alert.lower() for alert in ALERTS), "standing", "language_model", "store_up"]
    assert [word for word in old for text in texts if re.search(rf"(?<![a-z]){word}(?![a-z])", text)] == []


@pytest.fixture
def description(installation: Installation) -> dict[str, Any]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        found: dict[str, Any] = client.get("/v1/openapi.json").json()
    return found


def test_components_of_the_api_are_named_for_what_they_are(description: dict[str, Any]) -> None:
    components = description["components"]["schemas"]
    assert [name for name in components if name.endswith("Shape")] == []
    assert [name for name in components if "Gap" in name] == ["Gap", "GapFilter"]


def test_the_api_calls_the_id_of_a_recording_recording_id(description: dict[str, Any]) -> None:
    components = {
        name: schema for name, schema in description["components"]["schemas"].items() if name not in OF_OTHER_THINGS
    }
    strings = {
        f"{name}.{field}"
        for name, schema in components.items()
        for field, described in schema.get("properties", {}).items()
        if field in RECORDING_ID and described.get("type") == "string"
    }
    assert strings == set()
    carrying = {name for name, schema in components.items() if "recording_id" in schema.get("properties", {})}
    assert carrying >= {"Recording", "Submission", "MeetingRecord", "Transcript", "DeletionReceipt"}
    others = [path for path in description["paths"] if "{id}" in path and not path.startswith("/v1/deliveries/")]
    assert [path for path in others if not path.startswith("/v1/mails/")] == []


def test_logs_and_tables_call_it_so_too() -> None:
    for columns in (FIELDS, meeting_columns(), ITEM_COLUMNS):
        assert "recording_id" in columns
        assert [word for word in RECORDING_ID if word in columns] == []


def commands(group: click.Group, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """All commands of a group, including those of nested groups."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        yield command, inner
        if isinstance(command, click.Group):
            yield from commands(command, inner)


def test_the_command_line_calls_it_so_too() -> None:
    found = {}
    seen = list(commands(main, click.Context(main, info_name="meeting-pipeline")))
    assert len(seen) > len(COMMANDS)
    for command, context in seen:
        if context.command_path.startswith("meeting-pipeline keys"):  # keys of the HTTP service
            continue
        text = command.get_help(context)
        patterns = (r"\bKEYS?\b", r"\bkey of (a|the) recording\b", r"\bof a key\b", r"\bMOMENT\b")
        words = [pattern for pattern in patterns if re.search(pattern, text)]
        if words:
            found[context.command_path] = words
    assert found == {}
