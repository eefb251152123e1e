"""All regular expressions of the package, found in its source.

A pattern that is built at run time cannot be found this way: ``dynamic`` lists its place, and a test fails.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import meeting_pipeline

ROOT: Final = Path(meeting_pipeline.__file__).parent
SCANNING: Final = {"search", "sub", "subn", "split", "findall", "finditer"}
ANCHORED: Final = {"match", "fullmatch"}


@dataclass(frozen=True)
class Found:
    """A pattern. ``scans`` if it is searched for anywhere in a text, and not only at the beginning."""

    place: str
    pattern: re.Pattern[Any]
    scans: bool = True


@dataclass(frozen=True)
class Module:
    """A parsed file."""

    path: Path
    name: str
    tree: ast.Module


@cache
def modules(root: Path = ROOT) -> list[Module]:
    """All modules below ``root``. Parsing them takes seconds."""
    return [
        Module(path, ".".join(path.relative_to(root.parent).with_suffix("").parts), ast.parse(path.read_text("utf-8")))
        for path in sorted(root.rglob("*.py"))
    ]


def collect(found_in: list[Module]) -> tuple[list[Found], list[str]]:
    """All patterns, and the places of those that cannot be found in the source."""
    patterns: list[Found] = []
    dynamic: list[str] = []
    importers = _importers(found_in)
    for module in found_in:
        if not any(isinstance(node, ast.Name | ast.alias) and _is_re(node) for node in ast.walk(module.tree)):
            continue
        assigned = set()
        for name, value, calls in _assignments(module):
            assigned.update(calls)
            scans = not _only_anchored(name, [module, *importers.get((module.name, name), ())])
            runtime = list(_patterns_in(getattr(importlib.import_module(module.name), name)))
            if len(runtime) != len(calls):
                dynamic.append(f"{module.name}:{value.lineno}")
            patterns += [Found(f"{module.name}.{name}", pattern, scans) for pattern in runtime]
        for call in (call for call in _calls(module.tree) if call not in assigned):
            place = f"{module.name}:{call.lineno}"
            constant = _constant(call)
            if constant is None:
                dynamic.append(place)
            else:
                patterns.append(Found(place, constant, _operation(call) not in ANCHORED))
    return patterns, dynamic


_JS_LETTERS = re.compile(r"\\p\{[LMN]\}")
"""Classes of Unicode that Python does not have. Letters of any script stand for them: the time is that of the structure."""


def scripts(root: Path = ROOT) -> list[Found]:
    """The patterns in the page's scripts. Python interprets them as a browser does."""
    literal = re.compile(r"""(?:(?<=[(,=:!&|?])|(?<=[(,=:!&|?] )|^)/((?:[^/\\\n\[*]|\\.|\[(?:[^\]\\\n]|\\.)*\])"""
                         r"""(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])*)/[a-z]*""", re.MULTILINE)  # fmt: skip
    return [
        Found(f"{path.name}:{text.count(chr(10), 0, found.start()) + 1}", re.compile(_JS_LETTERS.sub(r"\\w", found[1])))
        for path in sorted(root.rglob("*.js"))
        for text in [path.read_text("utf-8")]
        for found in literal.finditer(text)
    ]


def _is_re(node: ast.Name | ast.alias) -> bool:
    return (node.id if isinstance(node, ast.Name) else node.name) == "re"


def _operation(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


def _calls(tree: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in {"compile", *SCANNING, *ANCHORED}
    ]


def _assignments(module: Module) -> Iterator[tuple[str, ast.expr, list[ast.Call]]]:
    """Module-level names whose values compile patterns."""
    for node in module.tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.expr):
            calls = [call for call in _calls(value) if _operation(call) == "compile"]
            if calls:
                yield target.id, value, calls


def _patterns_in(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from _patterns_in(tuple(value.values()))
    elif isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from _patterns_in(item)


def _constant(call: ast.Call) -> re.Pattern[Any] | None:
    """The pattern of a call such as ``re.search("...", text)``."""
    if not call.args or not isinstance(call.args[0], ast.Constant):
        return None
    index = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(_operation(call), 2)
    flags = call.args[index] if len(call.args) > index else None
    flags = next((keyword.value for keyword in call.keywords if keyword.arg == "flags"), flags)
    if flags is None:
        return re.compile(call.args[0].value)
    return re.compile(call.args[0].value, _flags(flags))


def _flags(node: ast.expr) -> int:
    if isinstance(node, ast.BinOp):
        return _flags(node.left) | _flags(node.right)
    assert isinstance(node, ast.Attribute)
    return int(getattr(re, node.attr))


def _only_anchored(name: str, users: list[Module]) -> bool:
    """Whether every use of the name in these modules is ``name.match(...)`` or ``name.fullmatch(...)``."""
    for user in users:
        anchored = {
            node.value
            for node in ast.walk(user.tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in ANCHORED
        }
        uses = [
            node
            for node in ast.walk(user.tree)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        if any(use not in anchored for use in uses):
            return False
    return True


def _importers(everywhere: list[Module]) -> dict[tuple[str, str], list[Module]]:
    """(module, name) -> the modules that import the name from it. Read once: each walk through all modules takes a second."""
    found: dict[tuple[str, str], list[Module]] = {}
    for module in everywhere:
        imports = (node for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom))
        for key in {(node.module or "", alias.name) for node in imports for alias in node.names}:
            found.setdefault(key, []).append(module)
    return found
