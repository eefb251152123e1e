"""The assets across all meetings, run by Dagster."""

import pandas as pd

from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, accepted


def test_without_meetings_the_tables_are_written_empty(runs: Runs, providers: Providers) -> None:
    ran = runs.job("refresh_catalog")
    assert ran.success
    assert set(ran.materialized) == {"meetings", "action_item_register", "commitments", "analyst_tables", "dashboard"}
    assert len(pd.read_parquet(runs.installation.settings.exports / "meetings.parquet")) == 0


def test_the_tables_hold_what_was_completed(runs: Runs, providers: Providers) -> None:
    for name in ("a.vtt", "b.vtt"):
        runs.recording(accepted(runs.installation, name, TALK + f"\nNOTE {name}\n", title="=1+1 $x$").key)
    ran = runs.job("refresh_catalog")
    assert ran.success
    metadata = ran.materialized["meetings"].metadata
    assert metadata["dagster/row_count"].value == 2
    assert str(metadata["chart"].value).startswith("![chart](data:image/png;base64,")
    items = pd.read_parquet(runs.installation.settings.exports / "action_item_register.parquet")
    assert list(items["owner"]) == ["Priya", "Priya"]
    [path] = (runs.installation.settings.exports / "meetings").iterdir()
    assert list(pd.read_csv(path)["title"]) == ["'=1+1 $x$"] * 2
