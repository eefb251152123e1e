"""The non-public names of Dagster that we use exist in the installed version."""

import ast
import importlib.util
from pathlib import Path

import pytest

from meeting_pipeline import dagster_internals


def test_every_name_is_declared_for_type_checkers_and_for_use_alike() -> None:
    tree = ast.parse(Path(dagster_internals.__file__).read_text(encoding="utf-8"))
    [checked] = [node for node in tree.body if isinstance(node, ast.If)]
    declared = {
        (node.module, alias.name) for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert declared == {(module, name) for module, names in dagster_internals._MODULES.items() for name in names}


@pytest.mark.parametrize("name", sorted(dagster_internals._MODULE_OF))
def test_dagster_has_what_is_used_of_it(name: str) -> None:
    assert getattr(dagster_internals, name) is not None


@pytest.mark.parametrize("module", dagster_internals.PRELOADED_MODULES)
def test_dagster_has_the_modules_that_are_named_by_their_names(module: str) -> None:
    assert importlib.util.find_spec(module) is not None


def test_an_unknown_name_is_an_error_that_says_where_it_was_looked_for() -> None:
    with pytest.raises(AttributeError, match="dagster_internals has no 'nothing'"):
        _ = dagster_internals.nothing
