"""The arithmetic of the benchmark: percentiles, scaled bursts, calls at once, memory as the kernel reports it."""

from pathlib import Path

import pytest

from benchmarks.anchors.figures import latencies, most_at_once, percentile, pss_bytes
from benchmarks.anchors.work import calls

ROLLUP = """55d0c8a00000-7ffd1b5f2000 ---p 00000000 00:00 0                          [rollup]
Rss:               11204 kB
Pss:                2817 kB
Pss_Dirty:          1520 kB
SwapPss:               0 kB
"""


@pytest.mark.parametrize(("share", "found"), [(0.0, 10), (0.5, 30), (0.95, 50), (1.0, 50)])
def test_a_percentile_is_one_of_the_values_whatever_their_order(share: float, found: float) -> None:
    assert percentile([30, 10, 50, 20, 40], share) == found


def test_a_burst_is_told_without_the_providers_own_time() -> None:
    found = latencies([16.0, 10.0, 12.0, 36.0], own=6.0)
    assert found == {"first_s": 4.0, "p50_s": 10.0, "p95_s": 30.0, "last_s": 30.0, "per_hour": 400}


def test_a_scaled_burst_takes_longer_at_the_same_rate() -> None:
    seconds = [10.0, 20.0, 30.0, 40.0]
    part, whole = latencies(seconds, own=6.0), latencies(seconds, own=6.0, scale=10.0)
    assert (part["last_s"], whole["last_s"]) == (34.0, 394.0)
    assert part["per_hour"] == whole["per_hour"]


def test_calls_overlap_while_they_are_open_and_not_when_one_begins_as_the_other_ends() -> None:
    assert most_at_once([], 4.0) == 0
    assert most_at_once([4.0, 8.0, 12.0], 4.0) == 1
    assert most_at_once([4.0, 5.0, 7.9, 12.0], 4.0) == 3


def test_a_backfill_that_was_measured_in_part_is_scaled_from_its_first_call_on() -> None:
    ends = [110.0 + 4.0 * n for n in range(1, 11)]
    found = calls(ends, began=100.0, model_s=4.0, meetings=100)
    assert found == {"calls": 10, "first_call_s": 10.0, "last_call_s": 410.0, "most_calls_at_once": 1}


def test_a_backfill_that_was_measured_in_full_is_not_scaled() -> None:
    assert calls([114.0, 118.0], began=100.0, model_s=4.0, meetings=2)["last_call_s"] == 18.0


def test_memory_is_the_proportional_share_alone() -> None:
    assert pss_bytes(ROLLUP) == 2817 * 1024
    assert pss_bytes("") == 0


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").is_file(), reason="only Linux has it")
def test_the_kernel_s_own_text_is_understood() -> None:
    assert pss_bytes(Path("/proc/self/smaps_rollup").read_text()) > 1_000_000
