"""The table: a row for a figure, a column for a pipeline, and ratios. Must not go here: measuring."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.anchors.figures import Measured, Value
from benchmarks.anchors.plan import AFTER_SECONDS, BACKFILL_MODEL_S, WAITING_TRANSCRIPTION_S, Sizes

NOTHING = "-"


@dataclass(frozen=True)
class Row:
    """A figure and its words. A key that ends with ``*`` stands for a row for each such figure."""

    key: str
    words: str
    digits: int = 1
    scales: bool = False
    """Whether the figure was scaled if its part was measured on fewer."""
    compares: bool = True


ROWS = (
    Row("alone.drop_s", "one alone, drop folder: s beyond the providers"),
    Row("alone.upload_s", "one alone, upload: s beyond the providers"),
    Row("burst30.cpu_s_less_idle", "burst of {burst}: CPU-s a recording, idle deducted", 3),
    Row("burst30.cpu_s", "... idle not deducted", 3),
    Row("burst30.cpu_s_of.*", "... of which {kind}, idle included", 3),
    Row("burst30.cpu_s_with_after", "... idle deducted, with the {after:.0f} s after it", 3),
    Row("burst30.p50_s", "... p50, s beyond"),
    Row("burst30.p95_s", "... p95, s beyond"),
    Row("burst30.last_s", "... last, s beyond"),
    Row("burst30.per_hour", "... recordings per hour", 0),
    Row("burst30.peak_memory_mb", "... peak memory (PSS), MB", 0),
    Row("burst200.per_hour", "burst of {waiting}, {waiting_s:.0f} s each: recordings per hour", 0),
    Row("burst200.p50_s", "... p50, s beyond", 0, scales=True),
    Row("burst200.p95_s", "... p95, s beyond", 0, scales=True),
    Row("burst200.last_s", "... last, s beyond", 0, scales=True),
    Row("burst200.cpu_s_less_idle", "... CPU-s a recording, idle deducted", 3),
    Row("burst200.peak_memory_mb", "... peak memory (PSS), MB", 0),
    Row(
        "backfill.last_call_s",
        "backfill of {meetings:,}, {model_s:.0f} s a call: s until the last call",
        0,
        scales=True,
    ),
    Row("backfill.over_s", "... s until it is over", 0, scales=True),
    Row("backfill.calls", "... calls measured", 0, compares=False),
    Row("backfill.most_calls_at_once", "... most calls at once", 0),
    Row("backfill.cpu_s_less_idle", "... CPU-s a meeting, idle deducted", 3),
    Row("backfill.peak_memory_mb", "... peak memory (PSS), MB", 0),
    Row("idle.cpu_s_per_s", "idle: CPU-s a second", 4),
    Row("idle.memory_mb", "... memory (PSS), MB", 0),
    Row("storage.kb_each", "Dagster's storage: kB a recording", 1),
    Row("storage.files_each", "... files a recording", 2),
    Row("storage.before_mb", "... MB before the burst of {burst}", 2),
    Row("storage.after_mb", "... MB after it", 2),
    Row("storage.before_files", "... files before it", 0),
    Row("storage.after_files", "... files after it", 0),
)


def table(ours: Measured, others: Mapping[str, Measured], sizes: Sizes) -> str:
    """A Markdown table, with the ratio of ours to each other pipeline. Figures that nobody has get no row."""
    words = {
        "burst": sizes.burst, "waiting": sizes.waiting, "meetings": sizes.meetings, "after": AFTER_SECONDS,
        "waiting_s": WAITING_TRANSCRIPTION_S, "model_s": BACKFILL_MODEL_S,
    }  # fmt: skip
    heads = ["what", "ours"]
    for name in others:
        heads += [name, "ours / it"]
    lines = [heads, ["---"] * len(heads)]
    for row in _expanded([ours, *others.values()]):
        mine = ours.figures.get(row.key)
        cells = [row.words.format(**words), _cell(ours, row)]
        for other in others.values():
            cells += [_cell(other, row), ratio(mine, other.figures.get(row.key)) if row.compares else NOTHING]
        lines.append(cells)
    notes = [
        f"{name}, {part}: {note}."
        for name, measured in {"ours": ours, **others}.items()
        for part, note in measured.notes.items()
    ]
    return "\n".join(["| " + " | ".join(line) + " |" for line in lines] + ["", *notes]).rstrip()


def ratio(ours: Value | None, other: Value | None) -> str:
    """Ours divided by the other; of runs, the medians."""
    mine, its = _number(ours), _number(other)
    return NOTHING if mine is None or not its else f"{mine / its:.2f}"


def _number(value: Value | None) -> float | None:
    if isinstance(value, list):
        return statistics.median(value) if value else None
    return float(value) if isinstance(value, int | float) else None


def _expanded(measured: Sequence[Measured]) -> Iterator[Row]:
    known = [key for one in measured for key in one.figures]
    for row in ROWS:
        if not row.key.endswith("*"):
            if row.key in known:
                yield row
            continue
        start = row.key[:-1]
        for key in dict.fromkeys(key for key in known if key.startswith(start)):
            yield Row(key, row.words.replace("{kind}", key.removeprefix(start)), row.digits)


def _cell(measured: Measured, row: Row) -> str:
    value = measured.figures.get(row.key)
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    numbers = value if isinstance(value, list) else [value]
    shown = ", ".join(f"{number:,.{row.digits}f}" for number in numbers)
    return f"{shown} *" if row.scales and row.key.partition(".")[0] in measured.notes else shown
