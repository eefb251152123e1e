"""Sensors read the store directly, and write to it only through a step."""

import ast
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from meeting_pipeline.defs import sensors
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import render
from meeting_pipeline_tests.store.writing import writing_methods

MODULES = sorted(Path(sensors.__file__).parent.glob("*.py"))
READERS = {"due_work"}
"""Repositories that only read, and have a method with the name of one that writes in another repository."""


@pytest.fixture(scope="module")
def writers(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('store') / 'unused.sqlite3'}")
    store = Store(StoreContext(database, Cipher(Fernet.generate_key().decode())), render)
    found = writing_methods(store)
    store.close()
    return found


def written(source: str, writers: set[str]) -> set[str]:
    """Writing methods that are called, or passed to code that may call them.

    ``store.outages.open`` is a method of ``outages``. A name without its repository counts as a method of all of them.
    """
    repositories = {name.split(".")[0] for name in writers} | READERS
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else None
            named = (
                {f"{owner}.{node.attr}"} if owner in repositories else {f"{name}.{node.attr}" for name in repositories}
            )
            found |= named & writers
    return found


def test_the_methods_that_write_are_known(writers: set[str]) -> None:
    assert {"lifecycle.request_run", "lifecycle.request_runs", "outages.claim_probe", "recordings.accept"} <= writers
    assert not {"deliveries.due", "recordings.find", "gap_requests.gaps_due", "outages.open"} & writers
    assert not READERS & {name.split(".")[0] for name in writers}


@pytest.mark.parametrize(
    "source",
    [
        "installation.store.outages.claim_probe('p', 's', 'k')",
        "outages = installation.store.outages\noutages.claim_probe('p', 's', 'k')",
        "later(store.outages.claim_probe)",
    ],
)
def test_a_call_that_writes_is_seen(source: str, writers: set[str]) -> None:
    assert written(source, writers) == {"outages.claim_probe"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_sensor_calls_a_method_of_the_store_that_writes(module: Path, writers: set[str]) -> None:
    assert written(module.read_text(encoding="utf-8"), writers) == set()
