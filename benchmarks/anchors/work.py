"""The measurements that are the same for every pipeline: a burst, and what the calls of a backfill show."""

import time
from collections.abc import Callable, Sequence

from benchmarks.anchors.figures import Value, latencies, most_at_once
from benchmarks.anchors.measure import Peak, Trees, difference
from benchmarks.anchors.plan import AFTER_SECONDS
from benchmarks.anchors.providers import Services

Submit = Callable[[], tuple[float, float]]
"""Submits everything; returns when it began, and the CPU seconds that it took outside the pipeline's own processes."""


def burst(
    services: Services, trees: Trees, submit: Submit, prefix: str, count: int, own_s: float, idle: float, limit_s: float,
    scale: float = 1.0,
) -> dict[str, Value]:  # fmt: skip
    """Submit ``count`` recordings and wait for their webhooks. ``idle``: the pipeline's CPU-s a second at rest, to deduct."""
    before = trees.cpu()
    with Peak(trees) as peak:
        began, outside = submit()
        arrivals = services.wait_for(prefix, count, limit_s)
    at_last, seconds = trees.cpu(), time.time() - began
    time.sleep(AFTER_SECONDS)
    used, later = difference(before, at_last), difference(before, trees.cpu())
    if outside:
        used["submitting"] = later["submitting"] = outside
    total = sum(used.values())
    return {
        "cpu_s": round(total / count, 4),
        "cpu_s_less_idle": round((total - idle * seconds) / count, 4),
        "cpu_s_with_after": round((sum(later.values()) - idle * (seconds + AFTER_SECONDS)) / count, 4),
        **{f"cpu_s_of.{kind}": round(value / count, 4) for kind, value in sorted(used.items())},
        **latencies([at - began for at in arrivals], own_s, scale),
        "peak_memory_mb": round(peak.bytes / 1e6),
    }


def one(services: Services, submit: Submit, prefix: str, own_s: float, limit_s: float) -> float:
    """Submit one recording; returns the seconds until its webhook, less the providers' own."""
    began, _ = submit()
    [at] = services.wait_for(prefix, 1, limit_s)
    return round(at - began - own_s, 2)


def calls(ends: Sequence[float], began: float, model_s: float, meetings: int) -> dict[str, Value]:
    """A backfill as the model saw it. If there were fewer calls than meetings, the time of all is scaled at their rate."""
    times = sorted(end - began for end in ends)
    if not times:
        return {"calls": 0}
    first = times[0] - model_s
    scale = max(1.0, meetings / len(times))
    return {
        "calls": len(times),
        "first_call_s": round(first, 1),
        "last_call_s": round(first + (times[-1] - first) * scale, 1),
        "most_calls_at_once": most_at_once(times, model_s),
    }
