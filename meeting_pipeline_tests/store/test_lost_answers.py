"""Connections that break while the store writes: at a statement, before a commit, or after it but before its answer.

A script calls every method that writes. Wherever its connections break, it must return and store the same as without a
break.
"""

import contextlib
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MethodType
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Column, Table, func, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import DeclarativeBase

from meeting_pipeline import policies
from meeting_pipeline.domain.claim_edits import listed
from meeting_pipeline.domain.errors import PermanentError, StoreUnavailable, TransientError
from meeting_pipeline.domain.judged_claims import Judgement
from meeting_pipeline.domain.mail_rules import MailRules
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.api.idempotency import StoredAnswer
from meeting_pipeline.store.api.share_links import NewShareLink, Shared
from meeting_pipeline.store.deletions.values import Trace
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.ledger.llm_calls import Begun
from meeting_pipeline.store.machines import Machine, Machines
from meeting_pipeline.store.recordings.inbox_object_rows import Sighting
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.recordings.new_recordings import StoredIn
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline.store.recordings.staged_objects import Staged
from meeting_pipeline.store.results.evaluations import NewEvaluation
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Base, FeedEntry, TallyChange, WriteMark
from meeting_pipeline_tests.fakes.postgres_proxy import PostgresProxy
from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.store.samples import (
    HOOK,
    OPTIONS,
    PAID,
    REFUSED,
    Attempt,
    Clock,
    answer,
    completed,
    new_recording,
    question,
    render,
    reply,
    summary,
    transcript,
    unavailable,
)

pytestmark = pytest.mark.postgres

NOT_CALLED = {
    "campaign_work.take_back", "speaker_edits.merge", "statistics.count_new",
    "campaign_work.begin", "campaign_work.done", "campaign_work.assign_next", "campaign_limits.holds", "campaign_work.not_done",
    "campaign_work.left_by_backfill", "campaign_changes.cancel", "campaign_changes.count_decided", "campaign_changes.finish",
    "campaign_changes.note_decision", "campaign_changes.pause", "campaign_changes.resume", "campaign_changes.settle",
    "campaign_changes.start", "commitment_edits.link", "commitment_edits.set_state", "commitment_edits.undo",
    "commitment_edits.unlink", "commitment_events.announce", "commitment_links.link",
    "commitment_links.note_all", "commitment_links.postpone",
    "leases.claim_task",
    "person_edits.keep_apart", "person_edits.merge", "person_edits.rename", "person_edits.split",
    "person_edits.allow_voice", "person_edits.refuse_voice", "person_edits.undo",
    "origins.note_in_use", "recovery.leave_completed", "results.store_held_answer",
    "search_index.index_next", "search_index.note_all", "versions.discard", "voices.finish", "voices.forget_all", "voices.open",
    "voices.try_again",
    "versions.promote", "versions.restore",
}  # fmt: skip
"""Methods that write and that the script does not call yet: nothing here shows what they do when an answer is lost."""
LOST = Problem("worker_lost", "lost", "")
HICCUP = TransientError("hiccup", "A hiccup.")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry without delay."""
    monkeypatch.setattr(policies, "DATABASE_RETRY_FIRST_SECONDS", 0.002)


@pytest.fixture
def proxy(postgres_server: PostgresServer) -> Iterator[PostgresProxy]:
    with PostgresProxy(postgres_server.port) as running:
        yield running


@dataclass
class Script:
    """Calls methods of a store, each after ``before``, and keeps their return values."""

    store: Store
    clock: Clock
    before: Callable[[], None]

    def __post_init__(self) -> None:
        self.called: set[str] = set()
        self.returned: list[tuple[str, Any]] = []

    def do(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self.before()
        repository, method = name.split(".")
        found = getattr(getattr(self.store, repository), method)(*args, **kwargs)
        self.called.add(name)
        self.returned.append((name, found))
        return found

    def accept(self, number: int, **options: Any) -> str:
        key = self.do("recordings.accept", new_recording(number, **options)).key
        assert isinstance(key, str)
        return key

    def begin(self, key: str, run_id: str) -> None:
        self.do("lifecycle.request_runs", 10)
        self.do("lifecycle.begin", key, run_id, collecting=True)


def everything(script: Script) -> None:
    """Call every method that writes at least once."""
    ordered(script)
    main = script.accept(1, hook=HOOK)
    worked_on(script, main)
    told(script)
    handed_over(script)
    stopped(script)
    out(script)
    served(script)
    measured(script)
    mailed(script)
    edited(script, main)


def edited(script: Script, key: str) -> None:
    script.do("recording_edits.change", key, {"title": "Another title"}, "Grace")
    segment = script.store.speaker_edits.get(key).transcript.segments[0]
    script.do("segment_edits.correct", key, segment.index, "Grace", text="It was heard in another way.")
    script.do("speaker_edits.rename", key, segment.speaker, "Dana", "Grace")
    added = script.do("item_edits.add", key, Insight.ACTION_ITEMS, {"text": "Send the report"}, "Grace")
    script.do("item_edits.change", key, added, {"text": "Send both reports"}, "Grace")
    script.do("item_edits.delete", key, added, "Grace")
    script.do("undoing.undo", key, 4, "Grace")  # the title; three judgements came before
    up = Machine("control", "control", "hq", "q-recordings", 6, "1.0", "0040-a", "key", "secret")
    script.do("machines.announce", up, begins=True)
    script.do("machines.withdraw", up.name, up.host)


def ordered(script: Script) -> None:
    key = script.accept(2, needs_order=True)
    script.do("lifecycle.order_later", key, HICCUP)
    order = script.do("orders.open", key, OPTIONS)
    script.do("orders.claim", order.id, "worker")
    script.do("orders.renew_claims", "worker")
    script.do("orders.uploaded", order.id, "worker", "http://127.0.0.1:9/upload")
    script.do("orders.ordering", order.id, "worker")
    script.do("orders.ordered", order.id, "provider-1")
    script.do("orders.release", order.id, "worker")
    script.do("orders_in_flight.announced", order.provider, "provider-1")
    script.do("lifecycle.ordered", key)
    script.do("lifecycle.ready", key)
    script.do("orders.finish", order.id, cost_usd=0.1)
    script.do("lifecycle.skip_order", script.accept(3, needs_order=True))
    script.do("cancelling.cancel", key)


def bought_in_parts(script: Script, key: str, run_id: str) -> None:
    order = script.do("orders.open", key, OPTIONS.model_copy(update={"provider": "openai"}))
    script.do("parts.plan", order.id, key, run_id, "server", [(0, 1000), (1000, 2000)])
    first, second = script.store.parts.of(order.id)
    script.do("parts.begin", first, run_id)
    script.do("parts.answered", first, run_id, {"text": "x"}, "json", 0.01)
    script.do("parts.begin", second, run_id)
    script.do("parts.unanswered", second, "gone", perhaps_billed=True, cost_usd=0.02)
    script.do("parts.refuse", first, "invalid_answer")
    script.do("parts.forgive", order.id)
    script.do("parts.nothing_bought", order.id)


def embedded(script: Script, key: str) -> None:
    work = script.do("vector_sets.open", key, "m")
    begun = script.do("embedding_calls.begin", key, "run-2", "m", "d", expected_usd=0.01, limit_usd=1.0)
    made = [(place, window, (1.0, 0.0)) for place, window in work.missing]
    script.do("vector_sets.add", work, begun.id, made, PAID)
    script.do("vector_sets.finish", work)
    script.do("vector_sets.note_all")
    script.do("vector_sets.postpone", key, "gone", everybody=True)
    script.do("vector_sets.due", "another model", 10)
    begun = script.do("embedding_calls.begin", key, "run-2", "m", "e", expected_usd=None, limit_usd=1.0)
    script.do("embedding_calls.unusable", begun.id, PAID, "invalid_answer")
    for perhaps_billed in (True, False):
        begun = script.do("embedding_calls.begin_query", "m", expected_usd=0.01, limit_usd=1.0)
        script.do("embedding_calls.unanswered", begun.id, "gone", perhaps_billed=perhaps_billed)
    begun = script.do("embedding_calls.begin_query", "m", expected_usd=0.01, limit_usd=1.0)
    script.do("embedding_calls.answered_query", begun.id, PAID)


def worked_on(script: Script, key: str) -> None:
    script.begin(key, "run-1")
    script.do("leases.heartbeat", "run-1")
    script.do("lifecycle.collect_later", key, "run-1", HICCUP)
    script.clock.advance(3600)
    script.begin(key, "run-2")
    bought_in_parts(script, key, "run-2")
    script.do("results.store_transcript", key, "run-2", transcript(), input_hash="t", cost_usd=0.05)
    script.do("lifecycle.extracting", key, "run-2")
    begun = script.do("llm_calls.begin", key, "run-2", question())
    assert isinstance(begun, Begun)
    script.do("llm_calls.answered", begun.id, reply(), None)
    other = script.do("llm_calls.begin", key, "run-2", question("other"))
    script.do("llm_calls.unanswered", other.id, "gone", perhaps_billed=True)
    for perhaps_billed in (True, False):
        asked = script.do("questions.begin", "m", "1", expected_usd=0.01, limit_usd=1.0)
        script.do("questions.unanswered", asked.id, "gone", perhaps_billed=perhaps_billed)
    asked = script.do("questions.begin", "m", "1", expected_usd=0.01, limit_usd=1.0)
    script.do("questions.answered", asked.id, "m-2025", PAID)
    embedded(script, key)
    script.do("results.store_answer", key, "run-2", answer(summary()), input_hash="i")
    script.do("results.store_gap", key, "run-2", unavailable(answer(summary()).insight))
    script.do("results.store_gap", key, "run-2", unavailable(Insight.DECISIONS))
    script.do("results.store_minutes", key, "run-2", "hash")
    script.do("lifecycle.complete", key, "run-2")
    script.do("leases.end", "run-2")
    script.clock.advance(store_policies.GAP_FIRST_SECONDS)
    [claim] = [one for one in listed(script.store.records.get(key)) if one.insight is Insight.SUMMARY]
    for judgement in (Judgement.DELETED, None, Judgement.ACCEPTED):
        script.do("claim_edits.judge", key, claim.claim_id, judgement, "Grace")
    [due] = script.store.gap_requests.gaps_due(10)
    script.do("gap_requests.mark_requested", due)
    script.do("gap_requests.gap_run_began", key, [Insight.DECISIONS])


def told(script: Script) -> None:
    script.do("signing_secrets.rotate", HOOK, "whsec_new", 60.0)
    for prefix in ("recordings/1", "recordings/2"):
        script.do("staged_objects.note", Staged(prefix, "storage"))
    script.do("staged_objects.give_up", "recordings/1")
    script.do("staged_objects.give_up_old", 3600.0, 5)
    script.do("staged_objects.forget", "recordings/1")
    script.do("staged_objects.note", Staged("recordings/3", "storage"))
    script.do("inbox_objects.see", [Sighting("1" * 64, "one.wav"), Sighting("2" * 64, "two.wav")])
    script.do("inbox_objects.replace", "2" * 64, Sighting("3" * 64, "two.wav"))
    script.do("inbox_objects.leave_out", "3" * 64, "sidecar_alone")
    script.do("inbox_objects.defer", "1" * 64, 30.0, "OSError")
    script.do("inbox_objects.defer_all", 30.0)
    script.do("inbox_objects.note_taken", ["1" * 64])
    script.do("inbox_objects.note_kept", ["1" * 64])
    script.do("inbox_objects.finish_later", ["1" * 64], 60.0)
    script.do("inbox_objects.finish", ["1" * 64])
    script.do("inbox_objects.forget", ["1" * 64])
    script.do("inbox_objects.forget_unlisted", script.store.context.now())
    [place, *_] = script.store.file_places.after("", 5, in_objects=False)
    script.do("file_places.moved", place, StoredIn("storage", "s3://bucket", "recordings/3"))
    [place] = script.store.file_places.after("", 5, in_objects=True)
    script.do("file_places.moved", place, StoredIn("folder", "host"))
    [taken] = script.do("outbox.take", 10)
    script.do("outbox.give_back", taken)
    [taken] = script.do("outbox.take", 10)
    script.do("outbox.settle", taken, REFUSED, script.clock.advance(60))
    [taken] = script.do("outbox.take", 10)
    script.do("outbox.settle", taken, Attempt(), None)
    script.do("outbox.replay", [taken.delivery_id])
    if hasattr(script.store, "endpoints"):
        script.do("endpoints.enable", ["nobody"])


def mailed(script: Script) -> None:
    completed(script.store, 90)
    mail = script.do("mails.take", "run")
    script.do("mails.give_back", mail)
    script.do("mails.postpone", script.clock.advance(0))
    script.do("mails.release_interrupted", script.do("mails.take", "run"))
    script.clock.advance(1)
    mail = script.do("mails.take", "run")
    script.do("mails.settle", mail, "mail_deferred", "451", unsure=False, next_at=script.clock.advance(60))
    script.do("mails.retry")


def handed_over(script: Script) -> None:
    failing = script.accept(4, hook=HOOK)
    script.clock.advance(1)
    lost = script.accept(5)
    script.begin(failing, "run-4")
    script.do("lifecycle.fail", failing, "run-4", PermanentError("no_speech", "Nobody speaks."))
    script.do("leases.end", "run-4")
    script.clock.advance(1)  # they are taken in the order in which they are due
    script.do("recordings.retry", failing, needs_order=False)
    script.begin(lost, "run-5")
    script.clock.advance(60)
    script.do("lease_watch.revoke_silent_lease", LeaseHolder("run-5", lost))
    script.do("recovery.requeue", lost, LOST)
    script.begin(lost, "run-6")
    script.do("leases.end", "run-6")
    script.do("recovery.requeue_stopped", lost)
    script.clock.advance(3600)
    script.begin(lost, "run-6b")
    script.do("leases.end", "run-6b")
    script.do("recovery.defer", lost, HICCUP)
    script.do(
        "recordings.refuse", "bad.txt", SidecarOptions(webhook_url=HOOK), "drop_folder", new_recording(9).meeting_date, LOST,
        identity="f" * 64,
    )  # fmt: skip


def out(script: Script) -> None:
    with_provider = script.accept(8, needs_order=True)
    order = script.do("orders.open", with_provider, OPTIONS)
    script.do("orders.claim", order.id, "worker")
    script.do("orders.ordered", order.id, "provider-8")
    script.do("lifecycle.ordered", with_provider)
    script.do("lifecycle.set_waiting_reason", with_provider, LOST)
    script.do("orders.give_up", order.id)
    script.do("outages.failed", "assemblyai", Service.TRANSCRIPTION, HICCUP, None)
    script.do("outages.probe_soon")
    script.do("outages.claim_probe", "assemblyai", Service.TRANSCRIPTION)
    script.do("outages.succeeded", "assemblyai", Service.TRANSCRIPTION)
    script.do("outages.failed", "openai", Service.LLM_CALLS, HICCUP, with_provider)
    script.do("outages.forget", "openai", Service.INSIGHTS)
    ready = script.accept(9)
    script.clock.advance(1)
    script.do("lifecycle.request_run", ready)


def stopped(script: Script) -> None:
    script.do("leases.begin_batch", "batch")
    script.do("leases.keep_alive", ["batch"])
    script.do("lease_watch.fence_lease", "batch")
    script.do("lease_watch.revoke_fenced_lease", "batch")
    script.do("leases.begin_batch", "stuck")
    script.do("lease_watch.revoke_stuck_lease", LeaseHolder("stuck", None))
    script.do("leases.begin_batch", "drain")
    script.store.outbox.take(10, taker="drain")  # their order differs each time
    script.do("lease_watch.release_lease", "drain")
    asked = script.accept(6)
    script.clock.advance(1)
    waiting = script.accept(7)
    script.clock.advance(1)
    unlucky = script.accept(10)
    script.do("lifecycle.request_runs", 10)
    script.do("recovery.not_launched", RunTicket(unlucky, 1))
    script.do("lifecycle.request_again", RunTicket(asked, 1))
    script.do("cancelling.cancel_request", RunTicket(waiting, 1))
    script.begin(asked, "run-7")
    script.do("cancelling.cancel_run", LeaseHolder("run-7", asked))
    script.do("leases.stopped", "another-host")
    script.do("feed.take_over")


def served(script: Script) -> None:
    made = script.do("api_keys.create", "cms", "submit")
    script.do("api_keys.note_use", script.store.api_keys.find(made.key))
    script.do("api_keys.revoke", made.id)
    shared = script.do("share_links.create", script.accept(12), Shared(), 30, by="cms")
    script.do("share_links.revoke", shared.row.id)
    claim = script.do("idempotency.claim", "local", "cut")
    script.do("idempotency.renew", claim)
    script.do("idempotency.release", claim)
    claim = script.do("idempotency.claim", "local", "answered")
    script.do("idempotency.answer", claim, StoredAnswer("f" * 64, 202, {"Location": "/v1/recordings/x"}, b"{}"))
    unwanted = script.accept(11, needs_order=True)
    order = script.do("orders.open", unwanted, OPTIONS)
    script.do("orders.claim", order.id, "worker")
    script.do("orders.ordered", order.id, "provider-11")
    script.do("lifecycle.ordered", unwanted)
    script.do("registrations.note_registered", [unwanted])
    script.do("cancelling.cancel", unwanted)
    script.do("deletions.delete", unwanted, "cms")
    [deleted] = script.store.deletions.due(10)
    script.do("deletions.note_unregistered", unwanted)
    script.do("deletions.note_forgotten", unwanted, deleted.references[0])
    script.do("deletions.note", unwanted, "logs", Trace(2))
    script.do("deletions.defer", unwanted, of=deleted.deleted_at)
    script.do("deletions.end_round", unwanted)
    for version in ("first", "second"):
        script.do("table_changes.written", version)
    script.do("table_changes.settle", script.store.table_changes.behind().changes)


def measured(script: Script) -> None:
    new = NewEvaluation(
        version="v1", set_hash="s", provider="openai", model="m", prompt_versions={}, meetings=1, complete=True,
        cost_usd=0.0, figures={},
    )  # fmt: skip
    made = script.do("evaluations.add", new)
    script.do(
        "evaluations.promote",
        version="v1",
        evaluation_id=made.id,
        prompt={},
        worse=(),
        reason=None,
        promoted_by="Grace",
    )


def opened(url: str, clock: Clock) -> Store:
    cipher = Cipher(Fernet.generate_key().decode())
    store = Store(StoreContext(Database(url), cipher, clock, mail=MailRules(("ann@example.org",))), render)
    store.machines = Machines(store.context, clock)
    return store


def outcome(url: str, before: Callable[[], None]) -> tuple[Any, Any, set[str]]:
    """What the script returned and stored in the tables, without random values."""
    clock = Clock()
    store = opened(url, clock)
    script = Script(store, clock, before)
    try:
        everything(script)
        with store.database.read() as session:
            tables = {
                table.name: sorted(plain([tuple(row) for row in session.execute(select(*same_each_time(table)))]))
                for table in Base.metadata.sorted_tables
                if table.name != WriteMark.__tablename__
            }
        return [(name, plain(value)) for name, value in script.returned], tables, script.called
    finally:
        store.close()


def same_each_time(table: Table) -> list[Column[Any]]:
    """All columns but those that the database numbers: a transaction that was rolled back has used up numbers."""
    numbered = {FeedEntry.__tablename__: ("position", "transaction"), TallyChange.__tablename__: ("id",)}.get(
        table.name, ()
    )
    return [column for column in table.columns if column.name not in numbered]


def plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [str(plain(item)) for item in value]
    if isinstance(value, NewShareLink):
        value = value.row
    if isinstance(value, DeclarativeBase):
        return plain([getattr(value, column.key) for column in type(value).__table__.columns])
    ids, secret = r"[0-9a-f]{32}|(?<=key_)[0-9a-f]{12}|(?<=share_)[0-9a-f]{12}|(?<=/)[0-9a-f]{8}\b", r"gAAAA[\w=-]+"
    return re.sub(f"{ids}|{secret}", "*", repr(value))


@pytest.fixture(scope="module")
def undisturbed(postgres_server: PostgresServer, postgres_template: str) -> tuple[Any, Any, set[str]]:
    name = postgres_server.create(postgres_template)
    found = outcome(postgres_server.url(name), lambda: None)
    postgres_server.drop(name)
    return found


def through(proxy: PostgresProxy, url: str) -> str:
    return make_url(url).set(port=proxy.port).render_as_string(hide_password=False)


def with_private_methods(method: MethodType) -> str:
    """The source of a method, and of the private methods that it calls on its object."""
    source = inspect.getsource(inspect.unwrap(method.__func__))
    called = (getattr(method.__self__, name, None) for name in re.findall(r"self\.(_\w+)\(", source))
    return source + "".join(inspect.getsource(inspect.unwrap(one.__func__)) for one in called if inspect.ismethod(one))


def test_the_script_calls_every_method_that_writes(undisturbed: tuple[Any, Any, set[str]], store: Store) -> None:
    writers = {
        f"{repository}.{name}"
        for repository in (name for name in vars(store) if name not in ("context", "database"))
        for name, method in inspect.getmembers(getattr(store, repository), inspect.ismethod)
        if not name.startswith("_") and ".write()" in with_private_methods(method)
    }
    assert writers - undisturbed[2] == NOT_CALLED


@pytest.mark.parametrize(
    ("statement", "answer_lost"),
    [
        pytest.param("COMMIT", True, id="commit done, answer lost"),
        pytest.param("COMMIT", False, id="commit not heard"),
        pytest.param("BEGIN", False, id="at the start"),
        pytest.param("SELECT", True, id="after a query"),
        pytest.param("UPDATE", True, id="after a change"),
        pytest.param("INSERT", False, id="before an insert"),
    ],
)
def test_connections_that_end_change_nothing_about_what_is_done(
    proxy: PostgresProxy, postgres_url: str, undisturbed: tuple[Any, Any, set[str]], statement: str, answer_lost: bool
) -> None:
    returned, tables, _ = outcome(through(proxy, postgres_url), lambda: proxy.cut(statement, answer_lost=answer_lost))
    assert proxy.cuts > len(returned) / 2, "most calls met a cut"
    assert returned == undisturbed[0]
    assert tables == undisturbed[1]


def test_requests_that_were_marked_are_handed_out_though_the_next_meets_trouble(
    proxy: PostgresProxy, postgres_url: str
) -> None:
    clock = Clock()
    store = opened(through(proxy, postgres_url), clock)
    keys = []
    for number in range(3):
        keys.append(store.recordings.accept(new_recording(number)).key)
        clock.advance(1)
    proxy.cut("COMMIT", answer_lost=False, after=1)
    assert [ticket.key for ticket in store.lifecycle.request_runs(10)] == keys[:1]
    assert [ticket.key for ticket in store.lifecycle.request_runs(10)] == keys[1:]
    store.close()


def test_a_row_written_with_a_lost_answer_stays_readable(proxy: PostgresProxy, postgres_url: str) -> None:
    store = opened(through(proxy, postgres_url), Clock())
    key = store.recordings.accept(new_recording(needs_order=True)).key
    proxy.cut("COMMIT", answer_lost=True)
    order = store.orders.open(key, OPTIONS)
    assert proxy.cuts == 1
    assert (order.recording_key, order.state) == (key, "new")
    assert store.orders.get(order.id).state == "new"
    store.close()


def test_old_marks_are_removed_and_a_connection_keeps_one(postgres_url: str) -> None:
    clock = Clock()
    store = opened(postgres_url, clock)
    with store.database.engine.begin() as connection:
        old = [{"writer": str(number), "number": 1, "at": clock()} for number in range(3)]
        connection.execute(insert(WriteMark), old)  # from the year before
    for number in range(3):
        store.recordings.accept(new_recording(number))
    with store.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WriteMark)) == 1
    store.close()


def test_a_database_that_stays_away_is_named_and_nothing_was_changed(proxy: PostgresProxy, postgres_url: str) -> None:
    store = opened(through(proxy, postgres_url), Clock())
    store.database.retry_budget.seconds = 0.0
    proxy.cut("COMMIT", answer_lost=False)
    with pytest.raises(StoreUnavailable) as caught:
        store.recordings.accept(new_recording())
    assert caught.value.code == "database_unreachable"
    assert "does not respond" in str(caught.value)
    assert store.recordings.find(new_recording().key) is None
    store.close()


def test_a_mistake_in_a_statement_is_no_trouble_of_the_database(postgres_url: str) -> None:
    database = Database(postgres_url)

    def delete_what_is_not_there() -> None:
        with database.write() as session:
            session.execute(text("DELETE FROM nothing"))

    with contextlib.closing(database), pytest.raises(ProgrammingError):
        delete_what_is_not_there()
