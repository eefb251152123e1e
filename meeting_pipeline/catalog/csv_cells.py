"""Writes a table as CSV that spreadsheet programs can open safely.

Must not go here: which files there are (``files.py``).
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width signs are meant
"""First characters that make spreadsheet programs run a cell as a formula (OWASP, CSV injection)."""


def write_csv(frame: "DataFrame", path: Path) -> None:
    """Write a table as CSV in which no cell is a formula."""
    _defused(frame).to_csv(path, index=False, encoding="utf-8")


def _defused(frame: "DataFrame") -> "DataFrame":
    safe = frame.copy()
    texts = [str(column) for column in frame.columns if frame[column].dtype == "string"]
    for column in texts:
        risky = safe[column].str.startswith(_FORMULA).fillna(False)
        if risky.any():
            safe[column] = safe[column].mask(risky, "'" + safe[column])
    return safe
