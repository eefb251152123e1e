"""Writing a table as Parquet and CSV, each replaced atomically.

Must not go here: the content of the tables (``catalog/tables.py``).
"""

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width signs are meant
"""First characters that make spreadsheet programs run a cell as a formula (OWASP, CSV injection)."""


def write_table(frame: "DataFrame", folder: Path, name: str) -> tuple[Path, Path]:
    """Write ``name.parquet`` and ``name.csv``; returns both paths. No cell of the CSV can be run as a formula."""
    parquet, csv = folder / f"{name}.parquet", folder / f"{name}.csv"
    draft = _draft(parquet)
    frame.to_parquet(draft, index=False)
    draft.replace(parquet)
    draft = _draft(csv)
    _defused(frame).to_csv(draft, index=False, encoding="utf-8")
    draft.replace(csv)
    return parquet, csv


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")


def _defused(frame: "DataFrame") -> "DataFrame":
    safe = frame.copy()
    texts = [str(column) for column in frame.columns if frame[column].dtype == "string"]
    for column in texts:
        risky = safe[column].str.startswith(_FORMULA).fillna(False)
        safe[column] = safe[column].mask(risky, "'" + safe[column])
    return safe
