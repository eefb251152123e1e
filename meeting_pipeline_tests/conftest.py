"""What every test can use. Fixtures live beside what they provide; this file only names them."""

import gc
import signal

pytest_plugins = [
    "meeting_pipeline_tests.browsing",
    "meeting_pipeline_tests.dagster_runs",
    "meeting_pipeline_tests.fakes.fixtures",
    "meeting_pipeline_tests.installations",
    "meeting_pipeline_tests.marking",
    "meeting_pipeline_tests.postgres",
]


def pytest_configure() -> None:
    """Undo what a shell does to a command that it starts in the background.

    It starts with SIGINT ignored. Dagster gives SIGTERM the handler of SIGINT, and both would be ignored by every
    process that a test starts and stops.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later garbage collection: it stays until the end."""
    gc.collect()
    gc.freeze()
