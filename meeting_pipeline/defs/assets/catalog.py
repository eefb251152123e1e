"""The cross-meeting assets: ``meetings`` and ``action_item_register``, refreshed when meetings complete.

Not partitioned in Dagster: each is one table over all meetings. Its files in the exports folder are cut by month, and one step
writes those of both tables that have changed. The UI shows sums over all rows, and rows of the newest meetings.
Must not go here: what the tables hold (``catalog/``), when they refresh (``defs/sensors/results_changed.py``).
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import dagster as dg

from meeting_pipeline.catalog import charts, files
from meeting_pipeline.catalog.columns import ACTION_ITEMS, MEETINGS, describe, table_columns
from meeting_pipeline.catalog.refreshing import current_tables
from meeting_pipeline.catalog.sums import ROWS
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
"""Rows of a table shown in the UI: they fit on its page, and the files have all."""
_NO_ROWS = "No rows yet."
_MEETING_PREVIEW = (
    "date", "title", "gaps", "draft", "action_items", "decisions", "speakers", "duration_minutes", "status",
)  # fmt: skip
_ITEM_PREVIEW = ("due_date", "owner", "task", "status", "title", "candidate", "verdict")
"""Columns of the preview: more would not fit side by side."""
_LINEAGE: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    ACTION_ITEMS: {
        name: (("action_items", column),)
        for name, column in (
            ("task", "task"), ("owner", "owner"), ("due_date", "due"), ("due_as_said", "due_as_said"),
            ("at_seconds", "at"), ("quote", "quote"), ("verdict", "verdict"),
        )
    },
    MEETINGS: {
        "speakers": (("transcript", "speaker"),),
        "speaker_names": (("transcript", "speaker"), ("speakers", "name")),
        "main_speaker": (("transcript", "speaker"), ("transcript", "start_ms"), ("transcript", "end_ms"), ("speakers", "name")),
        "main_speaker_share": (("transcript", "start_ms"), ("transcript", "end_ms")),
    },
}  # fmt: skip
"""Which columns of other assets a column is made from, for the lineage that Dagster shows."""


def _lineage(name: str) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(asset_key=dg.AssetKey(asset), column_name=of) for asset, of in made_from]
            for column, made_from in _LINEAGE[name].items()
        }
    )


def _schema(table: str) -> dg.TableSchema:
    columns = table_columns()[table]
    return dg.TableSchema([dg.TableColumn(name, kind, describe(name, table)) for name, kind in columns.items()])


def _spec(name: str, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        name,
        deps=[MINUTES],
        group_name="across_meetings",
        owners=[policies.OWNER],
        kinds={"pandas", "parquet"},
        tags={"pii": "true"},
        code_version="1",
        metadata={"dagster/column_schema": _schema(name)},
        description=f"{description}\n\nRefreshed automatically, once, when meetings have completed or changed.",
    )


def tables_asset() -> dg.AssetsDefinition:
    """Both assets, made in one step. The table of meetings counts the items of every insight that is defined."""
    return dg.multi_asset(
        name="tables",
        specs=[
            _spec(
                MEETINGS,
                "One row per meeting that has an outcome: date, duration, speakers and who spoke most, items, decisions, "
                "gaps, cost. A count that is unknown because of a gap is empty, not zero.",
            ),
            _spec(
                ACTION_ITEMS,
                "Every action item of all completed meetings: task, owner, due date, the words as said, where in the meeting "
                "it was said, and whether it is only a candidate of a draft. Items that the words of the meeting do not confirm "
                "are left out, unless the installation marks them. Shown here: the newest meetings, earliest due date "
                "first.",
            ),
        ],
        can_subset=True,
    )(over_all_meetings)


@redacting
def over_all_meetings(
    context: dg.AssetExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> Iterator[dg.MaterializeResult[None]]:
    """Bring the files of both tables up to date, and report those that were selected.

    Changes count as done only when both are reported: Dagster shows words of the earlier tables until then.
    """
    worker.begin_batch()
    current = current_tables(installation)
    reports = {MEETINGS: _meetings, ACTION_ITEMS: _action_items}
    selected = [name for name in reports if dg.AssetKey(name) in context.selected_asset_keys]
    for name in selected:
        yield reports[name](installation, current.newest[name], current.sums[name])
    if len(selected) == len(reports):
        current.done(installation)


def _meetings(installation: Installation, newest: "DataFrame", sums: Mapping[str, float]) -> dg.MaterializeResult[None]:
    numbers = {
        "minutes_in_all": measure(sums["minutes_in_all"], 1),
        **{name: count(int(sums[name])) for name in ("with_gaps", "drafts", "failed")},
        "cost_usd": measure(sums["cost_usd"], 6),
    }
    newest_first = newest.sort_values(["date", "recording_id"], ascending=False)[list(_MEETING_PREVIEW)]
    chart = _chart(charts.meetings_chart, newest)
    return _described(installation, MEETINGS, newest_first, chart, {ROWS: count(int(sums[ROWS])), **numbers})


def _action_items(
    installation: Installation, newest: "DataFrame", sums: Mapping[str, float]
) -> dg.MaterializeResult[None]:
    numbers = {
        name: count(int(sums[name])) for name in (ROWS, "with_due_date", "nobody_named", "candidates", "unverified")
    }
    chart = _chart(charts.action_items_chart, newest)
    return _described(installation, ACTION_ITEMS, newest[list(_ITEM_PREVIEW)], chart, numbers)


def _chart(draw: Callable[["DataFrame"], str], frame: "DataFrame") -> str:
    if not len(frame):
        return _NO_ROWS
    try:
        return draw(frame)
    except Exception as error:  # noqa: BLE001 - whatever failed, the table matters more than its chart
        _log.exception("the chart could not be drawn")
        return f"The chart could not be drawn ({type(error).__name__}); the table is complete."


def _described(
    installation: Installation, name: str, shown: "DataFrame", chart: str, numbers: Mapping[str, dg.MetadataValue]
) -> dg.MaterializeResult[None]:
    parquet, csv = files.folders_of(installation.settings.exports, name)
    head = shown.head(_PREVIEW_ROWS).astype("string").fillna("")
    records = [dg.TableRecord({str(k): str(v) for k, v in row.items()}) for row in head.to_dict("records")]
    columns = [dg.TableColumn(str(column), "string", describe(str(column), name)) for column in shown.columns]
    return dg.MaterializeResult(
        asset_key=name,
        metadata={
            "dagster/row_count": numbers[ROWS],
            "dagster/column_lineage": _lineage(name),
            "dagster/uri": parquet.as_uri(),
            "first_rows": dg.MetadataValue.table(records, dg.TableSchema(columns=columns)),
            "chart": dg.MetadataValue.md(chart),
            **{label: value for label, value in numbers.items() if label != ROWS},
            "parquet": dg.MetadataValue.path(str(parquet)),
            "csv": dg.MetadataValue.path(str(csv)),
        },
    )
