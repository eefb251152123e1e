"""The asset `commitments`: it links what waits, counts what is open, and points out what a person should look at."""

import dagster as dg

from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.store.commitments.series import MONDAY, PRICES, VENUE, item, listed, meeting


def _made(store: Store) -> None:
    meeting(store, 0, item(PRICES, due=MONDAY), item(VENUE, None))
    meeting(store, 1, item("Paint $x$ the fence", "Ben", due=MONDAY.replace(year=2099)))


def test_open_commitments_are_counted_by_age_and_owner(runs: Runs, providers: Providers) -> None:
    _made(runs.installation.store)
    ran = runs.job("refresh_catalog")
    assert ran.success
    assert len(listed(runs.installation.store)) == 3
    metadata = {name: value.value for name, value in ran.materialized["commitments"].metadata.items()}
    assert (metadata["dagster/row_count"], metadata["open_action_items"], metadata["open"]) == (3, 3, 3)
    assert (metadata["overdue"], metadata["nobody_named"], metadata["done"]) == (1, 1, 0)
    assert metadata["open_over_90_days"] == 3
    assert str(metadata["chart"]).startswith("![chart](data:image/png;base64,")
    rows = ran.materialized["commitments"].metadata["first_rows"]
    assert isinstance(rows, dg.TableMetadataValue)
    assert [record.data["owner"] for record in rows.records] == ["Anna", "Ben", ""]


def test_without_meetings_it_says_so(runs: Runs, providers: Providers) -> None:
    ran = runs.job("refresh_catalog")
    assert ran.materialized["commitments"].metadata["chart"].value == "No open action items."
