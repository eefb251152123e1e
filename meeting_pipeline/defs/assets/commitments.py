"""The asset ``commitments``: tasks and decisions over all meetings, and what became of them. Not partitioned.

Each materialization links new meetings, and shows how many commitments are open by age and by owner. Must not go here: linking
(``store/commitments/``), when it runs (``defs/sensors/results_changed.py``).
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Final

import dagster as dg

from meeting_pipeline.catalog import charts
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.minutes import MINUTES
from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.checks import COMMITMENT_CHECKS, commitment_checks
from meeting_pipeline.defs.preview import count
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.commitments.figures import Figures, figures_of
from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.text import short_line
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.link_commitments import link_waiting
from meeting_pipeline.store.commitments.pages import CommitmentFilter, Listed

_log = logging.getLogger(__name__)
NAME: Final = "commitments"
_PREVIEW_ROWS: Final = 15
_COUNTED: Final = 10_000
"""Open commitments that are counted by age and owner; a thousand people have fewer."""
_TEXT_CHARACTERS: Final = 120
"""Of what was promised, in a cell of the table."""
_COLUMNS: Final = {
    "due_date": "the day it is due; empty: none was named",
    "owner": "the name of who does it; empty: nobody was named",
    "text": "what has to be done, in the words of the latest meeting",
    "state": "open, slipped, handed_over, done, dropped or superseded",
    "since": "the day of the first meeting that mentions it",
    "candidate": "whether it is only a candidate in every meeting: compare it with the recordings",
}


@dg.asset(
    name=NAME,
    deps=[MINUTES],
    group_name="across_meetings",
    owners=[policies.OWNER],
    kinds={"sql"},
    tags={"pii": "true"},
    code_version="1",
    check_specs=COMMITMENT_CHECKS,
    metadata={
        "dagster/column_schema": dg.TableSchema(
            [dg.TableColumn(name, "string", description) for name, description in _COLUMNS.items()]
        )
    },
    description="Action items and decisions, followed over the meetings of a series: an item that comes up again is one "
    "commitment. The SQL table `commitments` has all of them; here are figures, and the open ones that are due first.\n\n"
    "Refreshed automatically, once, when meetings have completed or changed.",
)
@redacting
def commitments(
    context: dg.AssetExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Link the commitments of changed recordings, and report."""
    worker.begin_batch()
    changed = link_waiting(installation)
    context.log.info(f"{len(changed)} commitments changed")
    store = installation.store
    today = store.commitments.today()
    found, _ = store.commitments.page(CommitmentFilter(closed=False), _COUNTED)
    open_items = [one for one in found if one.row.insight == Insight.ACTION_ITEMS]
    figures = figures_of(((one.row.owner, one.row.first_day, one.row.due_date) for one in open_items), today)
    by_state = store.commitments.counts()
    yield dg.MaterializeResult(
        asset_key=NAME,
        metadata={
            "dagster/row_count": count(sum(by_state.values())),
            "open_action_items": count(len(open_items)),
            "overdue": count(figures.overdue),
            "nobody_named": count(figures.nobody_named),
            **{state.value: count(by_state.get(state.value, 0)) for state in CommitmentState},
            **{f"open_{name}": count(number) for name, number in figures.by_age.items()},
            "first_rows": _first_rows(open_items),
            "chart": dg.MetadataValue.md(_chart(figures)),
        },
    )
    yield from commitment_checks(
        NAME, figures.overdue, figures.nobody_named, by_state.get("slipped", 0), len(open_items)
    )


def _first_rows(found: Sequence[Listed]) -> dg.TableMetadataValue:
    records = [
        dg.TableRecord(
            {
                "due_date": row.due_date.isoformat() if row.due_date else "",
                "owner": row.owner or "",
                "text": short_line(row.text, _TEXT_CHARACTERS),
                "state": row.state,
                "since": row.first_day.isoformat(),
                "candidate": "yes" if row.candidate else "",
            }
        )
        for row in (one.row for one in found[:_PREVIEW_ROWS])
    ]
    columns = [dg.TableColumn(name, "string", description) for name, description in _COLUMNS.items()]
    return dg.MetadataValue.table(records, dg.TableSchema(columns=columns))


def _chart(figures: Figures) -> str:
    if not figures.by_owner:
        return "No open action items."
    try:
        return charts.commitments_chart(figures.by_age, figures.by_owner)
    except Exception as error:  # noqa: BLE001 - whatever failed, the figures matter more than their chart
        _log.exception("the chart could not be drawn")
        return f"The chart could not be drawn ({type(error).__name__}); the figures are complete."
