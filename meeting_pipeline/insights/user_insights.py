"""User-defined insights: one YAML file each, in the folder ``insights`` of the home. See ``docs/insights.md``.

An invalid file is skipped and reported with file and line; everything else works. Belongs here: reading the files.
Must not go here: the fields of a file (``insight_file.py``), turning a description into an insight (``item_lists.py``).
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from meeting_pipeline.insights import policies
from meeting_pipeline.insights.insight_file import InsightFile
from meeting_pipeline.insights.item_lists import listed_insight
from meeting_pipeline.insights.registry import SPECS, replace_user_insights
from meeting_pipeline.insights.spec import InsightSpec

FOLDER: Final = "insights"
"""Name of the folder below the home."""
_ENDINGS: Final = (".yaml", ".yml")
_DEPTH: Final = 4
"""Deepest part of a valid file: a choice in the choices of a field in the list of fields."""
_loading = threading.Lock()
_loaded_from: list[Path] = []
_problems: list["Problem"] = []


@dataclass(frozen=True)
class Problem:
    """Why a file is not a valid insight. ``line`` counts from 1; ``None``: the problem concerns the whole file."""

    path: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        """One line for people."""
        place = f"{self.path}, line {self.line}" if self.line is not None else str(self.path)
        return f"{place}: {self.message}"


def load_user_insights(home: Path, *, again: bool = False) -> tuple[Problem, ...]:
    """Load the user's insights of this process from the files of this home. Returns the problems of skipped files.

    A process keeps the insights that it started with, so that assets do not change during its runs. ``again``: reload them.
    """
    with _loading:
        if again or _loaded_from != [home]:
            _load(home)
            _loaded_from[:] = [home]
        return tuple(_problems)


def _load(home: Path) -> None:
    replace_user_insights(())
    _problems.clear()
    specs: dict[str, InsightSpec[Any, Any]] = {}
    for path in _paths(home / FOLDER):
        spec = _insight(_File(path, *_read(path)), specs)
        if isinstance(spec, Problem):
            _problems.append(spec)
        else:
            specs[spec.insight.value] = spec
    replace_user_insights(specs.values())


@dataclass(frozen=True)
class _File:
    path: Path
    text: str
    problem: str


def _paths(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS and not path.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _read(path: Path) -> tuple[str, str]:
    try:
        with path.open("rb") as file:
            content = file.read(policies.INSIGHT_FILE_BYTES + 1)
        if len(content) > policies.INSIGHT_FILE_BYTES:
            return "", f"the file is larger than {policies.INSIGHT_FILE_BYTES} bytes"
        return content.decode(), ""
    except OSError as error:
        return "", f"the file cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        return "", "the file is not UTF-8"


def _insight(file: _File, others: Mapping[str, Any]) -> InsightSpec[Any, Any] | Problem:
    if file.problem:
        return Problem(file.path, None, file.problem)
    if len(others) >= policies.USER_INSIGHTS:
        return Problem(file.path, None, f"there are already {policies.USER_INSIGHTS} custom insights")
    try:
        lines: dict[tuple[str | int, ...], int] = {}
        node = yaml.compose(file.text, Loader=yaml.SafeLoader)
        value = _plain(node, (), lines) if node is not None else None
        found = InsightFile.model_validate(value)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Problem(file.path, mark.line + 1 if mark else None, f"{error.problem or 'this is not YAML'}.")
    except yaml.YAMLError:
        return Problem(file.path, None, "this is not YAML.")
    except ValidationError as error:
        found_errors = error.errors(include_input=False, include_url=False)
        # Report a misspelled key as unknown, rather than the key that is missing because of it.
        first = min(found_errors, key=lambda one: one["type"] != "extra_forbidden")
        return Problem(file.path, _line(first["loc"], lines), _words(first["loc"], first["msg"]))
    if found.name in others or found.name in SPECS:
        return Problem(file.path, lines.get(("name",)), f"name: there is already an insight {found.name}.")
    return listed_insight(found.described())


def _plain(node: yaml.Node, path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> Any:
    """The value of a node; adds the line of each part to ``lines``. Raises: YAMLError for ambiguous or unusual input."""
    lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > _DEPTH:
        raise yaml.MarkedYAMLError(problem="this is nested too deeply", problem_mark=node.start_mark)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key must be a word", problem_mark=key.start_mark)
            if key.value in found:
                raise yaml.MarkedYAMLError(problem=f"{key.value} appears twice", problem_mark=key.start_mark)
            lines[(*path, key.value)] = key.start_mark.line + 1
            found[key.value] = _plain(value, (*path, key.value), lines)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, (*path, number), lines) for number, value in enumerate(node.value)]
    if node.tag == "tag:yaml.org,2002:bool":
        return node.value.lower() in ("yes", "true", "on")
    return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)


def _line(place: tuple[str | int, ...], lines: Mapping[tuple[str | int, ...], int]) -> int | None:
    """The line of this place, or of the innermost enclosing one that exists in the file."""
    for length in range(len(place), -1, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return None


def _words(place: tuple[str | int, ...], message: str) -> str:
    where = ".".join(str(step) for step in place)
    said = {"Field required": "is missing", "Extra inputs are not permitted": "is not a key of an insight"}
    what = said.get(message, message.removeprefix("Value error, "))
    return f"{where}: {what}." if where else f"{what}."
