"""No statement that is executed again and again reads all of history: its cost must not grow with the number of recordings.

Every statement is recorded as the program executes it, so a new one is covered without a change here.
"""

import json
from functools import partial

import dagster as dg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.catalog.refreshing import current_tables
from meeting_pipeline.daemon.pending_work import PendingWork
from meeting_pipeline.definitions import SENSORS, build_definitions
from meeting_pipeline.defs.partitions import RECORDINGS as RECORDINGS_SET
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.fingerprints import fingerprints_in_use
from meeting_pipeline.store.tables import ResultOrigin
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.growing import grow, history, under_way
from meeting_pipeline_tests.installations import Clock, OpenWith
from meeting_pipeline_tests.query_plans import Recorder, instructions, scans

RECORDINGS = 5000
SMALL = {
    "campaigns": "some dozens a year, started by people",
    "api_keys": "a handful, made by people",
    "catalog_changes": "what the tables lack; emptied by each refresh",
    "catalog_version": "one row",
    "commitment_changes": "what is not linked yet; emptied by each tick",
    "fingerprints_in_use": "a row for each change of a prompt or a model",
    "person_edits": "what people said of persons; empty here, which PostgreSQL reads whole",
    "gaps": "results that are missing now",
    "machines": "a row for each worker that is there, or died within an hour",
    "inbox_objects": "objects that wait or are left out are read by their state; empty here",
    "insight_items": "read by recordings; empty here, which PostgreSQL reads whole",
    "mail_deliveries": "read by recording and by state; empty here, which PostgreSQL reads whole",
    "provider_outages": "a row for each service that is out",
    "record_edits": "read by its key; empty here, which PostgreSQL reads whole",
    "search_pending": "what is not indexed yet; empty but after an upgrade",
    "search_vectors": "read by recording; empty here, which PostgreSQL reads whole",
    "staged_objects": "uploads under way",
    "tallies": "a row for each combination of labels",
    "tally_changes": "what is not added up yet; emptied by each scrape",
    "webhook_endpoints": "a row for each endpoint that is failing",
    "webhook_signing_secrets": "a row or two for each endpoint with a secret of its own",
    "write_marks": "a row for each connection",
}
"""Tables that may be read whole, and why they do not grow with history."""
COMPARISON = "missing_partitions"
"""The sensor that compares everything with Dagster at its first tick, and then once a day (``policies.COMPARE_ALL_SECONDS``)."""
ATTACHED = (
    "reference=cms-1",
    "metadata=stage=live",
    "reference=cms-1&metadata=stage=live&metadata=site=Ulm&status=completed",
)
"""Filters that most recordings of this test meet."""
INSTRUCTIONS = 20_000
"""About twice what the dearest statement takes; reading one column of all recordings of this test takes more."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def grown(request: pytest.FixtureRequest, open_with: OpenWith, providers: Providers) -> Installation:
    """An installation with a long history, and a few recordings in progress."""
    database = (
        {"MEETING_PIPELINE_DATABASE_URL": str(request.getfixturevalue("postgres_url"))}
        if request.param == "postgres"
        else {}
    )
    mail = {"MEETING_PIPELINE_MAIL_SERVER": "127.0.0.1:25", "MEETING_PIPELINE_MAIL_FROM": "minutes@example.com"}
    meaning = {"MEETING_PIPELINE_EMBEDDINGS_MODEL": "text-embedding-3-small"}
    installation = open_with(**providers.environment(), **database, **mail, **meaning)
    keys = history(installation.store)
    while installation.store.statistics.count_new():
        pass
    current_tables(installation).done(installation)
    made_as_today(installation)
    grow(installation.store, keys, RECORDINGS)
    under_way(installation.store)
    return installation


def made_as_today(installation: Installation) -> None:
    """Nothing is stale: looking for it must not read everything else."""
    with installation.store.database.write() as session:
        for result, fingerprint in fingerprints_in_use(installation.analyst).items():
            change = update(ResultOrigin).where(ResultOrigin.result == result).values(fingerprint=fingerprint)
            session.execute(change.execution_options(synchronize_session=False))


def everything(recorder: Recorder, installation: Installation, instance: dg.DagsterInstance, clock: Clock) -> None:
    """Do everything that happens again and again."""
    clock.advance(200)  # the history has been made just now, and what looks for old rows has to find it
    definitions = build_definitions(overrides={"installation": installation})
    cursors: dict[str, str | None] = {}
    sensors = [sensor for sensor in SENSORS if sensor.name != "bucket_inbox"]  # lists a bucket first; here is none
    recorder.doing("a tick of bucket_inbox", partial(statements_of_the_bucket, installation))
    for sensor in sensors:
        recorder.doing(sensor.name, partial(tick, installation, instance, definitions, sensor, cursors))
    compared = json.loads(cursors[COMPARISON] or "")
    clock.advance(600)  # now everything is due
    cursors = {COMPARISON: cursors[COMPARISON]}  # the others begin again
    for sensor in sensors:
        recorder.doing(f"{sensor.name} again", partial(tick, installation, instance, definitions, sensor, cursors))
    assert json.loads(cursors[COMPARISON] or "")["whole_at_s"] == compared["whole_at_s"], "it did not compare all again"
    recorder.doing("the waker", lambda: list(PendingWork(installation).in_store()))
    for name in ("ext-2", "unknown"):
        recorder.doing(
            "a provider's webhook", partial(installation.store.orders_in_flight.announced, "assemblyai", name)
        )
    for one in installation.store.recordings.list(limit=1):
        recorder.doing("a run's own webhook", partial(installation.store.deliveries.receivers_are_quick, one.key, 0))
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as api:
        recorder.doing("/metrics", lambda: api.get("/metrics").raise_for_status())
        recorder.doing("first page", partial(pages, api, ""))
        for words in ("status=failed", "stage=transcribing", "source=drop_folder", "gap=any", "gap=summary", *ATTACHED):
            recorder.doing(words, partial(pages, api, f"&{words}"))
        key = api.get("/v1/recordings?status=completed&limit=1").json()["recordings"][0]["recording_id"]
        recorder.doing("one recording", lambda: api.get(f"/v1/recordings/{key}").raise_for_status())
        recorder.doing("one meeting", lambda: api.get(f"/v1/meetings/{key}").raise_for_status())
        for what in ("versions", "diff", "diff?insight=summary"):
            path = f"/v1/recordings/{key}/{what}"
            recorder.doing("versions", partial(lambda path: api.get(path).raise_for_status(), path))
        for path in (
            "/healthz",
            "/readyz",
            "/v1/inbox",
            "/v1/machines",
            "/v1/attention",
            "/v1/insights",
            "/v1/providers",
            "/v1/campaigns",
            "/v1/upload-check?size=1",
        ):
            api.get(path)


def statements_of_the_bucket(installation: Installation) -> None:
    """What a tick and a run ask of the objects of an inbox in a bucket."""
    objects = installation.store.inbox_objects
    objects.states(["0" * 64])
    objects.is_waiting(10)
    objects.waiting(10, limit=20)
    objects.unfinished(limit=1)
    objects.count("left")


def tick(
    installation: Installation, instance: dg.DagsterInstance, definitions: dg.Definitions, sensor: dg.SensorDefinition,
    cursors: dict[str, str | None],
) -> None:  # fmt: skip
    """A tick, with the cursor of the one before it."""
    context = dg.build_sensor_context(
        instance=instance, definitions=definitions, sensor_name=sensor.name, resources={"installation": installation},
        cursor=cursors.get(sensor.name),
    )  # fmt: skip
    sensor(context)
    cursors[sensor.name] = context.cursor


def pages(api: TestClient, words: str) -> None:
    """The first page, and the next two if there are so many."""
    cursor = ""
    for _ in range(3):
        page = api.get(f"/v1/recordings?limit=50{words}{cursor}").raise_for_status().json()
        if page["next_cursor"] is None:
            return
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.slow
def test_no_repeated_statement_reads_a_table_that_grows(
    grown: Installation, instance: dg.DagsterInstance, clock: Clock
) -> None:
    instance.add_dynamic_partitions(RECORDINGS_SET, list(grown.store.registrations.registered_keys()))
    recorder = Recorder(grown.store.database)
    with recorder.listening():
        everything(recorder, grown, instance, clock)
    planned = [one for one in recorder.statements.values() if one.is_planned and one.doing != COMPARISON]
    assert len(planned) > 40
    bad = [
        f"{statement.doing}: {found}\n{statement.text}"
        for statement in planned
        for found in scans(grown.store.database, statement)
        if found.split(":")[0] not in SMALL
    ]
    if grown.store.database.sqlite:
        bad += [
            f"{statement.doing}: {cost} instructions\n{statement.text}"
            for statement in planned
            if (cost := instructions(grown.store.database, statement)) > INSTRUCTIONS
        ]
    assert not bad, "\n\n".join(bad)
