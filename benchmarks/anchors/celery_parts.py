"""The same parts, measured on Celery pipelines. Must not go here: their processes."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.anchors import plan, work
from benchmarks.anchors.celery_pipeline import CeleryPipeline
from benchmarks.anchors.figures import Measured, Value
from benchmarks.anchors.measure import Peak, difference
from benchmarks.anchors.plan import Sizes
from benchmarks.anchors.progress import say
from benchmarks.anchors.providers import LOOK_SECONDS, Services


def measure(
    programs: Path, services: Services, sizes: Sizes, parts: Collection[str], measured: dict[int, Measured]
) -> None:
    """All parts for all numbers of slots; bursts at the same time, since both together leave most of two processors idle."""
    with ExitStack() as stack:
        pipelines = [stack.enter_context(CeleryPipeline(programs, services, slots)) for slots in measured]
        pool = stack.enter_context(ThreadPoolExecutor(len(pipelines)))
        stack.callback(services.give_up)  # before the pool waits for its threads
        measuring = [_Measuring(pipeline, sizes, measured[pipeline.slots]) for pipeline in pipelines]
        own = services.take(plan.TRANSCRIPTION_S, plan.MODEL_S)
        say("Celery: starting, idle")
        list(pool.map(_Measuring.warm, measuring))
        list(pool.map(_Measuring.rest, measuring))
        if "alone" in parts:
            say("Celery: alone")
            measuring[0].alone(own)  # with more slots it is the same
        if "burst30" in parts:
            say(f"Celery: burst of {sizes.burst}")
            list(pool.map(lambda each: each.burst30(own), measuring))
        if "burst200" in parts:
            say(f"Celery: {sizes.celery_waiting} of {sizes.waiting}, or more")
            waiting = services.take(plan.WAITING_TRANSCRIPTION_S, plan.MODEL_S)
            list(pool.map(lambda each: each.burst200(waiting), measuring))
        if "backfill" in parts:
            services.take(plan.TRANSCRIPTION_S, plan.BACKFILL_MODEL_S)
            for each in measuring:  # one after the other: the model cannot tell their calls apart
                say(f"Celery, {each.celery.slots} slots: backfill")
                each.backfill()


class _Measuring:
    def __init__(self, celery: CeleryPipeline, sizes: Sizes, measured: Measured) -> None:
        self.celery, self._sizes, self._measured = celery, sizes, measured
        self._services = celery.services
        self._idle = 0.0

    def _name(self, part: str) -> str:
        return f"celery{self.celery.slots}{part}"

    def warm(self) -> None:
        """Every process of the worker has done something."""
        self.celery.submit(self._name("warm"), self.celery.slots)
        self._services.wait_for(self._name("warm-"), self.celery.slots, self._sizes.celery_limit_s)

    def rest(self) -> None:
        found = self.celery.trees.at_rest(self._sizes.idle_s)
        self._idle = float(str(found["cpu_s_per_s"]))
        self._measured.add("idle", found)

    def alone(self, own: float) -> None:
        runs: list[float] = []
        for number in range(self._sizes.runs):
            name = self._name(f"alone{number}")
            limit = self._sizes.celery_limit_s
            runs.append(work.one(self._services, partial(self.celery.submit, name, 1), f"{name}-", own, limit))
        self._measured.add("alone", {"drop_s": runs, "upload_s": runs})

    def burst30(self, own: float) -> None:
        self._measured.add("burst30", self._burst("burst", self._sizes.burst, own))

    def burst200(self, own: float) -> None:
        of = self._sizes.waiting
        count = self._full_waves(self._sizes.celery_waiting, of)
        self._measured.add("burst200", self._burst("waiting", count, own, of / count))
        if count < of:
            self._measured.notes["burst200"] = f"{count} of {of}, scaled"

    def _full_waves(self, count: int, most: int) -> int:
        """At least as many, so that all slots work until the end, as they do for most of the whole."""
        waves = -(-count // self.celery.slots)
        return min(most, waves * self.celery.slots)

    def _burst(self, part: str, count: int, own: float, scale: float = 1.0) -> dict[str, Value]:
        name = self._name(part)
        return work.burst(
            self._services, self.celery.trees, partial(self.celery.submit, name, count), f"{name}-", count, own,
            self._idle, self._sizes.celery_limit_s, scale,
        )  # fmt: skip

    def backfill(self) -> None:
        """The summaries of a part of the meetings again, until the model was called for the last of them."""
        of = self._sizes.meetings
        count = self._full_waves(self._sizes.celery_meetings, of)
        before = self.celery.trees.cpu()
        with Peak(self.celery.trees) as peak:
            began, submitting = self.celery.remake(count)
            ends = self._services.wait_for_calls(began, count, self._sizes.celery_limit_s)
        used = sum(difference(before, self.celery.trees.cpu()).values()) + submitting
        found = work.calls(ends, began, plan.BACKFILL_MODEL_S, of)
        seconds = max(ends) - began + LOOK_SECONDS
        self._measured.add("backfill", {
            **found,
            "over_s": found["last_call_s"],
            "cpu_s": round(used / count, 4),
            "cpu_s_less_idle": round((used - self._idle * seconds) / count, 4),
            "peak_memory_mb": round(peak.bytes / 1e6),
        })  # fmt: skip
        if count < of:
            self._measured.notes["backfill"] = f"{count} of {of}, scaled"
