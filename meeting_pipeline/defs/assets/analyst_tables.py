"""The assets for analysts: ``analyst_tables``, the Parquet files of the contract, and ``dashboard``, plots over weeks.

The files are written in the step that refreshes the tables over all meetings; these assets report what is there. Neither
shows words of a meeting. Must not go here: the files (``catalog/contract_files.py``), the plots (``catalog/weeks.py``).
"""

import logging
from typing import Final

import dagster as dg

from meeting_pipeline.catalog import weeks
from meeting_pipeline.catalog.columns import MEETINGS
from meeting_pipeline.catalog.contract_files import folder_of, row_counts
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.preview import count, measure
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.contract.columns import CONTRACT, VIEWS, view_name

_log = logging.getLogger(__name__)
_SCHEMA: Final = dg.TableSchema(
    [
        dg.TableColumn(f"{table}.{one.name}", one.kind, one.meaning)
        for table, columns in VIEWS.items()
        for one in columns
    ]
)
_SOURCES: Final = {
    "segments": ("transcript", {name: name for name in ("speaker", "start_ms", "end_ms", "text", "confidence")}),
    "speakers": ("speakers", {"name": "name", "verdict": "verdict"}),
    "items": ("action_items", {"task": "task", "owner": "owner", "due_date": "due", "quote": "quote", "verdict": "verdict"}),
    "decisions": ("decisions", {"decision": "decision", "quote": "quote", "verdict": "verdict"}),
}  # fmt: skip
"""Table -> the asset that its columns come from, and the column of that asset behind each."""


def _lineage() -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            f"{table}.{column}": [dg.TableColumnDep(asset_key=dg.AssetKey(asset), column_name=of)]
            for table, (asset, columns) in _SOURCES.items()
            for column, of in columns.items()
        }
    )


@dg.asset(
    name="analyst_tables",
    deps=[MEETINGS],
    group_name="across_meetings",
    owners=[policies.OWNER],
    kinds={"sql", "parquet"},
    tags={"pii": "true"},
    code_version=CONTRACT,
    metadata={"dagster/column_schema": _SCHEMA},
    description=f"The data contract with analysts, version {CONTRACT}: views in the results database "
    f"(`{view_name('segments')}`, ...), and the same rows as Parquet files by month. Names, types and meanings of the columns "
    "stay the same.\n\nRefreshed automatically, with the tables over all meetings.",
)
@redacting
def analyst_tables(
    context: dg.AssetExecutionContext, installation: dg.ResourceParam[Installation]
) -> dg.MaterializeResult[None]:
    """Report the tables of the contract, with the number of their rows."""
    counts = row_counts(installation.settings.exports)
    folder = folder_of(installation.settings.exports)
    lines = ["| view | files | rows |", "|---|---|---|"]
    lines += [f"| `{view_name(table)}` | `{table}/month=*/*.parquet` | {rows} |" for table, rows in counts.items()]
    return dg.MaterializeResult(
        metadata={
            "dagster/uri": folder.as_uri(),
            "dagster/row_count": count(sum(counts.values())),
            "dagster/column_lineage": _lineage(),
            "tables": dg.MetadataValue.md("\n".join(lines)),
            "parquet": dg.MetadataValue.path(str(folder)),
        }
    )


@dg.asset(
    name="dashboard",
    deps=[MEETINGS],
    group_name="across_meetings",
    owners=[policies.OWNER],
    kinds={"pandas"},
    code_version="1",
    description="The latest weeks: meetings and hours, action items and decisions, gaps, failures and cost, as plots.\n\n"
    "Refreshed automatically, with the tables over all meetings.",
)
@redacting
def dashboard(
    context: dg.AssetExecutionContext, installation: dg.ResourceParam[Installation]
) -> dg.MaterializeResult[None]:
    """Plot the latest weeks. The figures of the newest week are metadata, so that Dagster plots them over time, too."""
    found = weeks.by_week(installation.settings.exports)
    newest = found[-1] if found else weeks.Week()
    return dg.MaterializeResult(
        metadata={
            "weeks": dg.MetadataValue.md(_plot(found)),
            "week": dg.MetadataValue.text(newest.begins.isoformat() if newest.begins else "none yet"),
            "meetings": count(newest.meetings),
            "hours": measure(newest.hours, 2),
            "action_items": count(newest.action_items),
            "with_gaps": count(newest.with_gaps),
            "failed": count(newest.failed),
            "cost_usd": measure(newest.cost_usd, 6),
        }
    )


def _plot(found: list[weeks.Week]) -> str:
    if not found:
        return "No meetings yet."
    try:
        return weeks.chart(found)
    except Exception as error:  # noqa: BLE001 - whatever failed, the figures matter more than their chart
        _log.exception("the chart could not be drawn")
        return f"The chart could not be drawn ({type(error).__name__})."
