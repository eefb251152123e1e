"""The cross-meeting assets: ``meetings`` and ``action_item_register``, refreshed when meetings complete.

Not partitioned: each is one table over all meetings, written as Parquet and CSV to the exports folder.
Must not go here: what the tables hold (``catalog/``), when they refresh (``sensors/results_changed.py``).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.assets.minutes import MINUTES
from meeting_pipeline.catalog import charts, files, tables
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.steps.opening import Installation

if TYPE_CHECKING:
    from pandas import DataFrame

_PREVIEW_ROWS = 15


def _schema(columns: dict[str, str]) -> dg.TableSchema:
    return dg.TableSchema(columns=[dg.TableColumn(name, kind) for name, kind in columns.items()])


@dg.asset(
    deps=[MINUTES],
    group_name="catalog",
    owners=[policies.OWNER],
    kinds={"pandas", "parquet"},
    tags={"pii": "true"},
    code_version="1",
    metadata={"dagster/column_schema": _schema(tables.MEETING_COLUMNS)},
    description=(
        "One row per meeting: date, duration, speakers and who spoke most, items, decisions, gaps, cost. A count that is "
        "unknown because of a gap is empty, not zero."
    ),
)
def meetings(installation: dg.ResourceParam[Installation]) -> dg.MaterializeResult[None]:
    """Write the table of all meetings."""
    return _write(installation, "meetings", tables.meetings_frame, charts.meetings_chart)


@dg.asset(
    deps=[MINUTES],
    group_name="catalog",
    owners=[policies.OWNER],
    kinds={"pandas", "parquet"},
    tags={"pii": "true"},
    code_version="1",
    metadata={"dagster/column_schema": _schema(tables.ITEM_COLUMNS)},
    description=(
        "Every action item of all completed meetings: task, owner, due date, the words as said, where in the meeting it was "
        "said, and whether it is only a candidate of a draft."
    ),
)
def action_item_register(installation: dg.ResourceParam[Installation]) -> dg.MaterializeResult[None]:
    """Write the table of all action items."""
    return _write(installation, "action_item_register", tables.action_items_frame, charts.action_items_chart)


def _write(
    installation: Installation,
    name: str,
    build: "Callable[[Sequence[MeetingRecord]], DataFrame]",
    draw: "Callable[[DataFrame], str]",
) -> dg.MaterializeResult[None]:
    frame = build(installation.store.records.completed())
    parquet, csv = files.write_table(frame, installation.settings.exports, name)
    head = frame.head(_PREVIEW_ROWS).astype("string").fillna("")
    records = [dg.TableRecord({str(k): str(v) for k, v in row.items()}) for row in head.to_dict("records")]
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": dg.MetadataValue.int(len(frame)),
            "chart": dg.MetadataValue.md(draw(frame) if len(frame) else "No rows yet."),
            "first_rows": dg.MetadataValue.table(
                records, dg.TableSchema(columns=[dg.TableColumn(str(c), "string") for c in frame.columns])
            ),
            "parquet": dg.MetadataValue.path(str(parquet)),
            "csv": dg.MetadataValue.path(str(csv)),
        }
    )
