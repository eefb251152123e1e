"""Judges from its work whether a running system is healthy, and decides which part to restart and when.

It has no processes and no clock: ``supervisor.py`` reports observations and carries out the decisions. A restart that does not
help is repeated with back-off: the restarts themselves must never keep a system from working.
Must not go here: probing the parts (``prober.py``), starting and stopping them (``processes.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.health import Fault, Health
from meeting_pipeline.supervisor.reports import Report

DAEMON: Final = "daemon"
CODE: Final = "code-server"
LOCATION: Final = "code-location"
"""Not a process: the code as the UI has loaded it."""
_RESTARTED_FOR: Final = {LOCATION: "webserver"}
"""Parts that are not processes, and the process that is restarted for each."""


@dataclass
class _Part:
    """What is known about a part. Times are those of the watchdog's clock."""

    begun: float
    """Last start of its process."""
    worked: float
    """When it was last seen working, or was started."""
    words: str = ""
    """What is wrong now; empty if nothing is known to be wrong."""
    seen: bool = False
    """Whether it has worked since it was started."""
    stopped_since: float | None = None
    healed: float = float("-inf")
    """Last restart by the watchdog."""
    restarts: int = 0
    futile: int = 0
    """Consecutive restarts after which it did not work for ``HEAL_FORGET_SECONDS``."""

    @property
    def may_restart_at(self) -> float:
        wait = backoff_s(max(0, self.futile - 1), policies.HEAL_FIRST_SECONDS, policies.HEAL_MAX_SECONDS)
        return self.healed + wait

    def restarted(self, now: float) -> None:
        self.healed, self.restarts, self.futile = now, self.restarts + 1, self.futile + 1


class Watchdog:
    """The judge of one running system. ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._parts: dict[str, _Part] = {}
        self._busy = 1.0
        self._ticks: tuple[str, float] | None = None
        self._beats: dict[str, tuple[float, float]] = {}
        self._problems: dict[str, tuple[str, float]] = {}

    # --- what was seen ----------------------------------------------------------------------------------------------

    def started(self, part: str) -> None:
        """The part's process was just started."""
        now = self._clock()
        known = self._parts.get(part)
        if known is None:
            self._parts[part] = _Part(now, now)
        else:
            known.begun, known.seen, known.stopped_since = now, False, None
        if part == DAEMON:
            self._ticks, self._beats = None, {}

    def note_report(self, report: Report) -> None:
        """Process a report of the prober."""
        now = self._clock()
        self._busy = report.busy
        for part, words in report.answers.items():
            self._note(part, words, now)
        if LOCATION in self._parts and LOCATION not in report.answers:
            self._note(LOCATION, "", now)
        self._judge_daemon(report, now)
        known = self._problems
        self._problems = {name: (words, known.get(name, ("", now))[1]) for name, words in report.problems.items()}

    def saw(self, part: str, words: str) -> None:
        """Process what ``up`` itself sees of a part; empty ``words`` mean that it works."""
        self._note(part, words, self._clock())

    def stopped(self, part: str, is_stopped: bool) -> None:
        """Process whether a signal has stopped a process of this part."""
        known = self._parts.get(part)
        if known is None:
            return
        if not is_stopped:
            known.stopped_since = None
        elif known.stopped_since is None:
            known.stopped_since = self._clock()

    def _note(self, part: str, words: str, now: float) -> None:
        known = self._parts.setdefault(part, _Part(now, now))
        known.words = words
        if not words:
            known.worked, known.seen = now, True
            if now - known.healed > policies.HEAL_FORGET_SECONDS:
                known.futile = 0

    def _judge_daemon(self, report: Report, now: float) -> None:
        """The daemon works if sensors tick and its threads beat. What cannot be determined does not count against it."""
        if DAEMON not in self._parts:
            return
        if report.beats is None or any(report.answers.values()) or "database" in report.problems:
            self._ticks, self._beats = None, {}  # nothing can tick without these: not the daemon's fault
            return
        if report.ticks is None:
            self._ticks = None
        elif self._ticks is None or self._ticks[0] != report.ticks:
            self._ticks = (report.ticks, now)
        self._beats = {
            name: old if (old := self._beats.get(name)) is not None and old[0] == at else (at, now)
            for name, at in report.beats.items()
        }
        self._note(DAEMON, self._daemon_words(now), now)

    def _daemon_words(self, now: float) -> str:
        silent = now - self._ticks[1] if self._ticks is not None else 0.0
        if silent > policies.TICKS_SILENT_SECONDS * self._busy:
            return f"no sensor has ticked for {silent:.0f} s"
        for name, (_, since) in sorted(self._beats.items()):
            if now - since > policies.DAEMON_SILENT_SECONDS * self._busy:
                return f"its thread {name} has given no sign of life for {now - since:.0f} s"
        return ""

    # --- what follows -----------------------------------------------------------------------------------------------

    def to_restart(self) -> dict[str, str]:
        """Processes to restart now, and why. Each counts as restarted; the wait before its next restart doubles."""
        now = self._clock()
        found: dict[str, str] = {}
        for name, part in self._parts.items():
            words = self._fault(name, part, now)
            if not words or now < part.may_restart_at:
                continue
            part.restarted(now)
            found.setdefault(_RESTARTED_FOR.get(name, name), words)
        return found

    def at_once(self, part: str) -> bool:
        """Whether a part may be restarted now for a fault that needs no confirmation; counts like ``to_restart``."""
        now = self._clock()
        known = self._parts.setdefault(part, _Part(now, now))
        if now < known.may_restart_at:
            return False
        known.restarted(now)
        return True

    def _fault(self, name: str, part: _Part, now: float) -> str:
        """Why the part counts as not working; empty if it works or it is too early to tell."""
        if part.stopped_since is not None and now - part.stopped_since >= policies.PART_STOPPED_SECONDS:
            return f"its process has been stopped by a signal for {now - part.stopped_since:.0f} s"
        if not part.words:
            return ""
        if not part.seen and now - part.begun < policies.PART_GRACE_SECONDS * self._busy:
            return ""
        if name == DAEMON:  # its words are already the verdict after a wait
            return part.words
        silent = now - max(part.worked, part.begun)
        return f"{part.words} for {silent:.0f} s" if silent > policies.PART_SILENT_SECONDS * self._busy else ""

    def health(self) -> Health:
        """The report for people: parts that do not work, and what was done about them."""
        now = self._clock()
        faults = []
        for name, part in self._parts.items():
            words = self._fault(name, part, now)
            if words:
                left = max(0.0, part.may_restart_at - now)
                tried = f"; restarts: {part.restarts}, next in {left:.0f} s at the earliest" if part.restarts else ""
                faults.append(Fault(name, f"{words}{tried}", now - part.worked))
        faults += [Fault(name, words, now - since) for name, (words, since) in self._problems.items()]
        return Health(
            tuple(faults),
            {name: part.restarts for name, part in self._parts.items()},
            {name: not self._fault(name, part, now) for name, part in self._parts.items()},
        )
