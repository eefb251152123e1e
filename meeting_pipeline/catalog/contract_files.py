"""The Parquet files of the contract with analysts: the rows of its views, cut by month and day.

``exports/v1/segments/month=2026-11/2026-11-26.parquet`` has the segments of the recordings whose ids begin with that day. A
refresh writes the days that have changes, each file atomically, and records their sizes and times. All days are rewritten if the
files have another layout, or do not belong to this state of the database, for example after a restore.
Must not go here: which columns there are (``store/contract/columns.py``), when a refresh happens (``refreshing.py``).
"""

import itertools
import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.foundation.atomic_files import write_durably
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.contract.columns import CONTRACT, VIEWS, Column

if TYPE_CHECKING:
    import pyarrow as pa

_NOTE: Final = ".written.json"
_DRAFT: Final = ".draft"
"""Not the ending of the files: readers take every file with that, and a draft that a crash left behind would count twice."""
_DAY: Final = len("2026-11-26")
_MONTH: Final = len("2026-11")

_Files = dict[str, list[int]]
"""Table -> size and time of its file of one day."""


def folder_of(exports: Path) -> Path:
    """The folder of this version of the contract."""
    return exports / CONTRACT


def bring_up_to_date(installation: Installation, changes: Collection[str], *, before: str | None, after: str) -> int:
    """Write the days of these recordings. Returns how many days were written.

    ``before`` and ``after``: the versions of the tables over all meetings that were there, and that are there now. The caller is
    alone in the folder. Raises: OSError; StoreUnavailable.
    """
    folder = folder_of(installation.settings.exports)
    known = _noted(folder, before)
    records, stale = installation.store.records, {key[:_DAY] for key in changes}
    if known is None:
        for table in VIEWS:
            shutil.rmtree(folder / table, ignore_errors=True)
        known = {}
        finished = {day: list(keys) for day, keys in itertools.groupby(sorted(records.finished_keys()), _day_of)}
        stale = set(finished)
    else:
        stale |= {day for day, files in known.items() if _is_damaged(folder, day, files)}
        finished = {day: list(records.finished_keys(day)) for day in stale}
    for day in sorted(stale):
        if finished.get(day):
            known[day] = _write_day(installation, folder, day, finished[day])
        else:
            known.pop(day, None)
            for table in VIEWS:
                _path(folder, table, day).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    write_durably(folder / _NOTE, json.dumps({"layout": _layout(), "version": after, "days": known}))
    return len(stale)


def row_counts(exports: Path) -> dict[str, int]:
    """The rows of each table, from the ends of its files."""
    import pyarrow.parquet as pq

    counts = dict.fromkeys(VIEWS, 0)
    for table in VIEWS:
        for path in (folder_of(exports) / table).glob("month=*/*.parquet"):
            counts[table] += pq.read_metadata(path).num_rows
    return counts


def _day_of(key: str) -> str:
    return key[:_DAY]


def _layout() -> str:
    return json.dumps({table: [(column.name, column.kind) for column in columns] for table, columns in VIEWS.items()})


def _noted(folder: Path, version: str | None) -> dict[str, _Files] | None:
    """What was written, if it has this layout and belongs to this version of the tables."""
    try:
        found = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
        days = {str(day): dict(files) for day, files in found["days"].items()}
        return days if (found["layout"], found["version"]) == (_layout(), version) else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _path(folder: Path, table: str, day: str) -> Path:
    return folder / table / f"month={day[:_MONTH]}" / f"{day}.parquet"


def _is_damaged(folder: Path, day: str, files: Mapping[str, Sequence[int]]) -> bool:
    """Whether a file is missing, or is not the one that was written, by size and time."""
    return any(list(files.get(table, ())) != _facts(_path(folder, table, day)) for table in VIEWS)


def _facts(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns]


def _write_day(installation: Installation, folder: Path, day: str, keys: Sequence[str]) -> _Files:
    import pyarrow.parquet as pq

    written: _Files = {}
    for table, columns in VIEWS.items():
        path = _path(folder, table, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(_DRAFT)
        pq.write_table(_table(columns, installation.store.contract.of(table, keys)), draft)
        draft.replace(path)
        written[table] = _facts(path)
    return written


def _table(columns: Sequence[Column], rows: Sequence[tuple[Any, ...]]) -> "pa.Table":
    """The rows as Arrow. The databases give days, moments and truth values in different forms."""
    import pyarrow as pa

    arrays = [
        pa.array([_value(column.kind, row[place]) for row in rows], _arrow_type(column.kind))
        for place, column in enumerate(columns)
    ]
    fields = [
        pa.field(column.name, array.type, metadata={"description": column.meaning})
        for column, array in zip(columns, arrays, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={"contract": CONTRACT}))


def _arrow_type(kind: str) -> "pa.DataType":
    import pyarrow as pa

    return {
        "string": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "time": pa.timestamp("us", tz="UTC"),
    }[kind]


def _value(kind: str, value: Any) -> Any:
    from datetime import UTC, date, datetime

    if value is None:
        return None
    match kind:
        case "bool":
            return bool(value)
        case "date":
            return date.fromisoformat(value) if isinstance(value, str) else value
        case "time":
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
            return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        case "string":
            return str(value).encode(errors="replace").decode()
        case "int":
            return int(value)
    return float(value)
