"""Fixtures available to every test. Each is defined beside what it provides; this file only lists them."""

import gc
import signal
from collections.abc import Generator

import pytest

from meeting_pipeline.foundation.process_end import end_quickly
from meeting_pipeline_tests.random_examples import register_profiles

pytest_plugins = [
    "meeting_pipeline_tests.browsing",
    "meeting_pipeline_tests.compiled_sql",
    "meeting_pipeline_tests.costly",
    "meeting_pipeline_tests.dagster_runs",
    "meeting_pipeline_tests.fakes.fixtures",
    "meeting_pipeline_tests.installations",
    "meeting_pipeline_tests.longest_first",
    "meeting_pipeline_tests.marking",
    "meeting_pipeline_tests.measuring_cpu",
    "meeting_pipeline_tests.migration_scripts",
    "meeting_pipeline_tests.object_storage",
    "meeting_pipeline_tests.postgres",
    "meeting_pipeline_tests.prepared_dagster",
    "meeting_pipeline_tests.prepared_routes",
    "meeting_pipeline_tests.prepared_store",
]

gc.disable()
"""Importing the package and collecting thousands of tests makes almost no garbage; looking for it would take a quarter of
the time. ``pytest_collection`` enables it again."""

NEW_OBJECTS = 50_000
"""New objects before the collector looks at them. With Python's 700, looking took two fifths of the time of tests that read whole
schemas; the garbage among so many objects is a few megabytes."""

register_profiles()
end_quickly()


def pytest_configure() -> None:
    """Restore SIGINT, which a shell ignores in commands that it starts in the background.

    Dagster installs the SIGINT handler for SIGTERM, so every process that a test starts and stops would ignore both.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect garbage again, once all tests are collected, but less often than Python does by default."""
    try:
        return (yield)
    finally:
        gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
        gc.enable()


def pytest_collection_finish() -> None:
    """Exclude imported modules and collected tests from garbage collection: they stay until the end anyway.

    Without looking for garbage among them first: there is hardly any, and looking takes a second.
    """
    gc.freeze()
