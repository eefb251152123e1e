"""Migration 0012 counts the rows that exist already, and its triggers continue from there: the sums are those of the rows."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from cryptography.fernet import Fernet

from meeting_pipeline.store.engine import database as module
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.metrics.kept_sums import Group, Sums, kept_sums
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import (
    LLMCall,
    Recording,
    TranscriptionOrder,
    WebhookAttempt,
    WebhookDelivery,
)
from meeting_pipeline_tests.store.metrics.test_kept_sums import add_up, busy
from meeting_pipeline_tests.store.samples import Clock, completed, render


@pytest.fixture
def store(empty_url: str, clock: Clock) -> Iterator[Store]:
    """A store in a database of its own."""
    Database(empty_url).migrate()
    opened = Store(StoreContext(Database(empty_url), Cipher(Fernet.generate_key().decode()), clock), render)
    yield opened
    opened.close()


def migrate(store: Store, change: Callable[[Config, str], object], version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parents[1] / "migrations"))
    with store.database.engine.connect().execution_options(mode="write") as connection, connection.begin():
        config.attributes["connection"] = connection
        change(config, version)


def kept(store: Store) -> dict[Group, Sums]:
    with store.database.read() as session:
        return {group: sums for group, sums in kept_sums(session).items() if any(sums)}


def recomputed(store: Store) -> dict[Group, Sums]:
    """Every sum, from the rows."""
    found: defaultdict[Group, Sums] = defaultdict(Sums)

    def add(name: str, labels: tuple[str | None, ...], sums: Sums) -> None:
        group = Group(name, tuple(label or "" for label in labels))
        found[group] = found[group].plus(sums)

    with store.database.read() as session:
        for recording in session.scalars(sa.select(Recording)):
            add("recordings", (recording.status, recording.stage, recording.error_code), Sums(1))
        for order in session.scalars(sa.select(TranscriptionOrder)):
            add("orders_now", (order.provider, order.state), Sums(1))
            add("orders_placed", (order.provider,), Sums(int(order.ordered_at is not None), order.cost_usd))
        for call in session.scalars(sa.select(LLMCall).where(LLMCall.state != "asking")):
            tokens = (call.input_tokens, call.cached_tokens, call.output_tokens)
            add("calls", (call.insight, call.model, call.state, call.error_code), Sums(1, call.cost_usd, *tokens))
        attempts = sa.select(WebhookAttempt, WebhookDelivery.host).join(
            WebhookDelivery, WebhookDelivery.id == WebhookAttempt.delivery_id
        )
        for attempt, host in session.execute(attempts):
            outcome = "delivered" if attempt.error_code is None else "failed"
            add("attempts", (host, outcome), Sums(1, attempt.duration_ms))
    return {group: sums for group, sums in found.items() if any(sums)}


def agree(store: Store, *kinds: str) -> bool:
    """Whether the sums are those of the rows, of all these kinds."""
    expected, found = recomputed(store), kept(store)
    assert {group.name for group in expected} == set(kinds)
    assert set(found) == set(expected)
    return all(found[group] == pytest.approx(expected[group]) for group in expected)


KINDS = ("recordings", "orders_now", "orders_placed", "calls", "attempts")


@pytest.mark.parametrize("added_up", [False, True])
def test_an_upgrade_counts_the_rows_that_exist_and_the_triggers_go_on(store: Store, added_up: bool) -> None:
    busy(store)
    if added_up:
        add_up(store)
    migrate(store, command.downgrade, "0011")
    with store.database.engine.connect() as connection:
        stale = sa.text("SELECT count(*) FROM tallies WHERE name LIKE 'kept.%'")
        assert connection.execute(stale).scalar_one() == 0
    migrate(store, command.upgrade, "head")
    assert agree(store, *KINDS)
    completed(store, 7)
    assert agree(store, *KINDS)
    add_up(store)
    assert agree(store, *KINDS)


def test_rows_that_change_while_nothing_is_kept_are_counted_by_the_next_upgrade(store: Store) -> None:
    busy(store)
    migrate(store, command.downgrade, "0011")
    with store.database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE recordings SET status = 'failed', error_code = 'by_hand'"))
        connection.execute(sa.text("UPDATE paid_answers SET cost_usd = cost_usd + 1, input_tokens = 7"))
        connection.execute(sa.text("DELETE FROM webhook_attempts"))
    migrate(store, command.upgrade, "head")
    assert Group("recordings", ("failed", "done", "by_hand")) in kept(store)
    assert agree(store, *KINDS[:-1])


def test_labels_of_any_length_are_kept(store: Store) -> None:
    with store.database.write() as session:
        name = "m" * 900
        session.execute(
            sa.text(
                "INSERT INTO tally_changes (name, labels, number, amount, input, cached, output) "
                "VALUES ('calls', :labels, 1, 0, 0, 0, 0)"
            ),
            {"labels": f'["summary", "{name}", "answered", ""]'},
        )
    add_up(store)
    assert kept(store) == {Group("calls", ("summary", name, "answered", "")): Sums(1.0)}
