"""What every test can use. Fixtures live beside what they provide; this file only names them."""

import gc
import signal

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "meeting_pipeline_tests.browsing",
    "meeting_pipeline_tests.dagster_runs",
    "meeting_pipeline_tests.fakes.fixtures",
    "meeting_pipeline_tests.installations",
    "meeting_pipeline_tests.marking",
    "meeting_pipeline_tests.postgres",
]


# With the first draw after an import Hypothesis reads the constants of every module of ours: seconds on a busy machine, which
# say nothing of the strategy.
settings.register_profile("ours", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")


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
