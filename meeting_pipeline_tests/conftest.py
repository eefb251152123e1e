"""Fixtures available to every test. Each is defined beside what it provides; this file only lists them."""

import gc
import signal

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "meeting_pipeline_tests.browsing",
    "meeting_pipeline_tests.compiled_sql",
    "meeting_pipeline_tests.dagster_runs",
    "meeting_pipeline_tests.fakes.fixtures",
    "meeting_pipeline_tests.installations",
    "meeting_pipeline_tests.marking",
    "meeting_pipeline_tests.postgres",
]


# On the first draw after an import, Hypothesis reads the constants of all our modules. That takes seconds on a busy machine
# and says nothing about the strategy. An example has no time limit either: on a busy machine any of them may take 200 ms.
settings.register_profile("ours", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("ours")


def pytest_configure() -> None:
    """Restore SIGINT, which a shell ignores in commands that it starts in the background.

    Dagster installs the SIGINT handler for SIGTERM, so every process that a test starts and stops would ignore both.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Exclude imported modules and collected tests from garbage collection: they stay until the end anyway."""
    gc.collect()
    gc.freeze()
