"""The checks behind ``/readyz``: whether this installation works at present.

Each check has a time limit and runs in its own thread: a part that hangs counts as not working, and delays no response. A
report is reused for a few seconds, so that probes cost nothing. Callers need no key, so a report has codes but no addresses
or folders; those are in the log. Must not go here: the route (``api/routes/health.py``), checks of settings (``doctor``).
"""

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.api import policies
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.foundation.dagster_api import DagsterApi
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.foundation.ownership import running_owner
from meeting_pipeline.installation import Installation
from meeting_pipeline.supervisor.health import noted_health

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checked:
    """The result of a check; ``problem`` is empty if all is well."""

    name: str
    problem: str


@dataclass(frozen=True)
class DetailedProblem:
    """A problem, and what callers must not see of it, such as paths: it is for the log."""

    problem: str
    detail: str


Check = Callable[[Installation], str | DetailedProblem]
"""Returns the problem; empty if all is well."""


class _Look:
    """One running check, in a thread that does not keep the process alive."""

    def __init__(self, check: Check, installation: Installation) -> None:
        self._ended = threading.Event()
        self._problem = ""
        self.detail = ""
        """For the log."""
        threading.Thread(target=self._run, args=(check, installation), name="readiness", daemon=True).start()

    def _run(self, check: Check, installation: Installation) -> None:
        try:
            found = check(installation)
            self._problem = found if isinstance(found, str) else found.problem
            self.detail = "" if isinstance(found, str) else found.detail
        except PipelineError as error:
            self._problem, self.detail = f"It is not working: {error.code}.", str(error)
        except Exception as error:  # noqa: BLE001 - any error means that this part does not work; the others are still reported
            self._problem = f"The check failed ({type(error).__name__})."
        finally:
            self._ended.set()

    @property
    def ended(self) -> bool:
        """Whether it has a result."""
        return self._ended.is_set()

    def problem(self, until: float) -> str:
        """The result. Waits for it until this time of ``time.monotonic``."""
        if self._ended.wait(max(0.0, until - time.monotonic())):
            return self._problem
        return f"No response within {policies.READY_CHECK_SECONDS:g} s."


class Readiness:
    """The checks of one installation, for any number of probes."""

    def __init__(self, installation: Installation, checks: dict[str, Check] | None = None) -> None:
        self._installation = installation
        self._checks = CHECKS if checks is None else checks
        self._lock = threading.Lock()
        self._looks: dict[str, _Look] = {}
        self._found: tuple[Checked, ...] = ()
        self._found_at = float("-inf")

    def report(self) -> tuple[Checked, ...]:
        """The result of each check, at most ``READY_SEEN_SECONDS`` old. Takes at most about ``READY_CHECK_SECONDS``."""
        with self._lock:
            if time.monotonic() - self._found_at > policies.READY_SEEN_SECONDS:
                before, self._found = self._found, self._look()
                self._log_new_problems(before)
                self._found_at = time.monotonic()
            return self._found

    def _log_new_problems(self, before: tuple[Checked, ...]) -> None:
        """Log problems that are new, once: a probe every few seconds would fill the log with one that lasts for hours."""
        known = {(one.name, _without_numbers(one.problem)) for one in before}
        for one in self._found:
            if one.problem and (one.name, _without_numbers(one.problem)) not in known:
                _log.warning("%s: %s", one.name, self._looks[one.name].detail or one.problem)

    def _look(self) -> tuple[Checked, ...]:
        until = time.monotonic() + policies.READY_CHECK_SECONDS
        for name, check in self._checks.items():
            earlier = self._looks.get(name)
            if earlier is None or earlier.ended:  # a check that still hangs is not started a second time
                self._looks[name] = _Look(check, self._installation)
        return tuple(Checked(name, self._looks[name].problem(until)) for name in self._checks)


def _without_numbers(problem: str) -> str:
    return re.sub(r"\d+", "", problem)


def database(installation: Installation) -> str:
    """Whether the database responds, and accepts writes."""
    installation.store.recordings.list(limit=1)
    installation.store.database.require_writable()
    return ""


def disk(installation: Installation) -> str:
    """Whether there is space for recordings; below the reserve, none are accepted."""
    trouble = lacking(installation.settings.recordings)
    if trouble is not None:
        raise trouble
    return ""


def daemon(installation: Installation) -> str:
    """Whether Dagster's daemon and code location are alive, according to the Dagster UI."""
    owner = running_owner(installation.settings.home)
    if owner is None:
        return "No `meeting-pipeline up` is running on this home."
    problems = DagsterApi(owner.url, token=owner.ui_token, seconds=policies.READY_CHECK_SECONDS).problems()
    return f"{'; '.join(problems).capitalize()}." if problems else ""


def parts(installation: Installation) -> str | DetailedProblem:
    """Whether all parts of the running system work, according to the checks of its `up`."""
    health = noted_health(installation.settings.home) if running_owner(installation.settings.home) else None
    if health is None or not health.faults:
        return ""
    problem = f"Not working: {', '.join(sorted({fault.part for fault in health.faults}))}."
    return DetailedProblem(problem, f"Not working: {'; '.join(map(str, health.faults))}")


def outbox(installation: Installation) -> str:
    """Whether webhooks to working receivers are sent in time."""
    lag = installation.store.deliveries.lag_seconds()
    return "" if lag < policies.READY_OUTBOX_SECONDS else f"A webhook has been due for {lag:.0f} s."


CHECKS: Final[dict[str, Check]] = {
    "database": database,
    "disk": disk,
    "daemon": daemon,
    "parts": parts,
    "outbox": outbox,
}
