"""CPU time and memory of process trees, by kind of process. Must not go here: which processes there are."""

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from benchmarks.anchors.figures import Value, pss_bytes
from meeting_pipeline_tests.processes import words_of

SAMPLE_SECONDS = 2.0


class Trees:
    """Processes with all their descendants.

    ``roots``: kind -> id of the process at the top. ``kinds``: (word of a command line, kind); a process without such a word
    is of its parent's kind.
    """

    def __init__(self, roots: Mapping[str, int], kinds: Sequence[tuple[str, str]] = ()) -> None:
        self._roots = dict(roots)
        self._kinds = kinds

    def processes(self) -> list[tuple[str, psutil.Process]]:
        """All processes and their kinds, parents first."""
        found: list[tuple[str, psutil.Process]] = []
        for kind, pid in self._roots.items():
            known = {pid: kind}
            with contextlib.suppress(psutil.NoSuchProcess):
                top = psutil.Process(pid)
                found.append((kind, top))
                for process in top.children(recursive=True):
                    with contextlib.suppress(psutil.NoSuchProcess):
                        inherited = known.get(process.ppid(), kind)
                        known[process.pid] = kind_of(words_of(process), self._kinds, inherited)
                        found.append((known[process.pid], process))
        return found

    def cpu(self) -> dict[str, float]:
        """User and system seconds so far by kind. Ended children count for the parent that waited for them."""
        spent: dict[str, float] = dict.fromkeys(self._roots, 0.0)
        for kind, process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used = times.user + times.system + times.children_user + times.children_system
                spent[kind] = spent.get(kind, 0.0) + used
        return spent

    def memory(self) -> int:
        """Proportional share of memory of all processes, bytes."""
        total = 0
        for _, process in self.processes():
            with contextlib.suppress(OSError):  # it has ended
                total += pss_bytes(Path(f"/proc/{process.pid}/smaps_rollup").read_text())
        return total

    def at_rest(self, seconds: float) -> dict[str, Value]:
        """CPU a second, in all and by kind of process, and memory while nothing happens."""
        before = self.cpu()
        time.sleep(seconds)
        used = difference(before, self.cpu())
        by_kind: dict[str, Value] = {f"cpu_s_per_s_{kind}": round(spent / seconds, 4) for kind, spent in used.items()}
        total = round(sum(used.values()) / seconds, 4)
        return {"cpu_s_per_s": total, "memory_mb": round(self.memory() / 1e6), **by_kind}


def kind_of(words: Sequence[str], kinds: Sequence[tuple[str, str]], inherited: str) -> str:
    """The kind of a process with this command line."""
    line = " ".join(words)
    return next((kind for word, kind in kinds if word in line), inherited)


def difference(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What was spent between two looks, by kind."""
    return {kind: after.get(kind, 0.0) - before.get(kind, 0.0) for kind in {**before, **after}}


class Peak:
    """``with Peak(trees) as peak: ...; peak.bytes``: the most memory that was seen, with a look every two seconds."""

    def __init__(self, trees: Trees) -> None:
        self.bytes = 0
        self._trees = trees
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak", daemon=True)

    def _watch(self) -> None:
        while True:
            self.bytes = max(self.bytes, self._trees.memory())
            if self._over.wait(SAMPLE_SECONDS):
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
