"""The cross-meeting assets: ``meetings`` and ``action_item_register``, refreshed when meetings complete.

Not partitioned: each is one table over all meetings, written as Parquet and CSV to the exports folder.
Must not go here: what the tables hold (``catalog/``), when they refresh (``defs/sensors/results_changed.py``).
"""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import dagster as dg

from meeting_pipeline.catalog import charts, files, tables
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.minutes import MINUTES
from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.preview import count, measure
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.installation import Installation

if TYPE_CHECKING:
    from pandas import DataFrame

_log = logging.getLogger(__name__)
_PREVIEW_ROWS = 15
_NO_ROWS = "No rows yet."
_MEETING_PREVIEW = (
    "date", "title", "gaps", "draft", "action_items", "decisions", "speakers", "duration_minutes", "status",
)  # fmt: skip
_ITEM_PREVIEW = ("due_date", "owner", "task", "title", "candidate")
"""Columns of the preview: more would not fit side by side."""


def _schema(columns: dict[str, str]) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name, kind, tables.describe(name)) for name, kind in columns.items()])


def meetings_asset() -> dg.AssetsDefinition:
    """The asset. It counts the items of every insight that is defined."""
    return dg.asset(
        deps=[MINUTES],
        group_name="across_meetings",
        owners=[policies.OWNER],
        kinds={"pandas", "parquet"},
        tags={"pii": "true"},
        code_version="1",
        metadata={"dagster/column_schema": _schema(tables.meeting_columns())},
        description=(
            "One row per meeting that has an outcome: date, duration, speakers and who spoke most, items, decisions, gaps, "
            "cost. A count that is unknown because of a gap is empty, not zero.\n\n"
            "Refreshed automatically, once, when meetings have completed or changed."
        ),
    )(meetings)


@redacting
def meetings(
    installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> dg.MaterializeResult[None]:
    """Write the table of all meetings."""
    worker.begin_batch()
    frame = tables.meetings_frame(installation.store.records.each_completed())
    numbers = {
        "minutes_in_all": measure(float(frame["duration_minutes"].sum()), 1),
        "with_gaps": count(int((frame["gaps"] != "").sum())),
        "drafts": count(int(frame["draft"].sum())),
        "failed": count(int((frame["status"] == "failed").sum())),
        "cost_usd": measure(float(frame["cost_usd"].sum()), 6),
    }
    newest_first = frame.sort_values(["date", "recording_id"], ascending=False)[list(_MEETING_PREVIEW)]
    chart = _chart(charts.meetings_chart, frame)
    return _written(installation, "meetings", frame, newest_first, chart, numbers)


@dg.asset(
    deps=[MINUTES],
    group_name="across_meetings",
    owners=[policies.OWNER],
    kinds={"pandas", "parquet"},
    tags={"pii": "true"},
    code_version="1",
    metadata={"dagster/column_schema": _schema(tables.ITEM_COLUMNS)},
    description=(
        "Every action item of all completed meetings: task, owner, due date, the words as said, where in the meeting it was "
        "said, and whether it is only a candidate of a draft. The earliest due date comes first.\n\n"
        "Refreshed automatically, once, when meetings have completed or changed."
    ),
)
@redacting
def action_item_register(
    installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> dg.MaterializeResult[None]:
    """Write the table of all action items."""
    worker.begin_batch()
    frame = tables.action_items_frame(installation.store.records.each_completed())
    numbers = {
        "with_due_date": count(int(frame["due_date"].notna().sum())),
        "nobody_named": count(int(frame["owner"].isna().sum())),
        "candidates": count(int(frame["candidate"].sum())),
    }
    chart = _chart(charts.action_items_chart, frame)
    return _written(installation, "action_item_register", frame, frame[list(_ITEM_PREVIEW)], chart, numbers)


def _chart(draw: Callable[["DataFrame"], str], frame: "DataFrame") -> str:
    if not len(frame):
        return _NO_ROWS
    try:
        return draw(frame)
    except Exception as error:  # noqa: BLE001 - whatever failed, the table matters more than its chart
        _log.exception("the chart could not be drawn")
        return f"The chart could not be drawn ({type(error).__name__}); the table is complete."


def _written(
    installation: Installation,
    name: str,
    frame: "DataFrame",
    shown: "DataFrame",
    chart: str,
    numbers: Mapping[str, dg.MetadataValue],
) -> dg.MaterializeResult[None]:
    parquet, csv = files.write_table(frame, installation.settings.exports, name)
    head = shown.head(_PREVIEW_ROWS).astype("string").fillna("")
    records = [dg.TableRecord({str(k): str(v) for k, v in row.items()}) for row in head.to_dict("records")]
    columns = [dg.TableColumn(str(column), "string", tables.describe(str(column))) for column in shown.columns]
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": count(len(frame)),
            "first_rows": dg.MetadataValue.table(records, dg.TableSchema(columns=columns)),
            "chart": dg.MetadataValue.md(chart),
            **numbers,
            "parquet": dg.MetadataValue.path(str(parquet)),
            "csv": dg.MetadataValue.path(str(csv)),
        }
    )
