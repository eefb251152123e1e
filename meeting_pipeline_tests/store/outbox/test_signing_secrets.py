"""Signing secrets of endpoints: a new one takes over, the old one signs beside it for a while; none is readable at rest."""

from cryptography.fernet import Fernet
from sqlalchemy import select

from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import WebhookSigningSecret
from meeting_pipeline_tests.store.samples import HOOK, Attempt, Clock, completed

OTHER = "http://127.0.0.1:9/other?token=tell-nobody"
DAY = 86400.0


def signing(store: Store, url: str = HOOK, number: int = 1) -> tuple[str | None, ...]:
    """What signs a delivery to this URL now."""
    completed(store, number, hook=url)
    (taken,) = [one for one in store.outbox.take(100) if one.url == url]
    store.outbox.settle(taken, Attempt(), None)
    return taken.signing_secrets


def test_the_first_rotation_replaces_the_installations_secret_for_this_endpoint_only(
    store: Store, clock: Clock
) -> None:
    assert store.signing_secrets.rotate(HOOK, "whsec_new", DAY) is not None
    assert signing(store, number=1) == ("whsec_new", None)
    assert signing(store, OTHER, number=2) == ()
    clock.advance(DAY - 1)
    assert signing(store, number=3) == ("whsec_new", None)
    clock.advance(2)
    assert signing(store, number=4) == ("whsec_new",)


def test_a_second_rotation_within_the_overlap_keeps_what_receivers_may_still_use(store: Store, clock: Clock) -> None:
    store.signing_secrets.rotate(HOOK, "whsec_a", DAY)
    clock.advance(DAY / 2)
    store.signing_secrets.rotate(HOOK, "whsec_b", DAY)
    assert signing(store, number=1) == ("whsec_b", "whsec_a", None)
    clock.advance(DAY * 0.6)
    assert signing(store, number=2) == ("whsec_b", "whsec_a")


def test_without_overlap_everything_older_stops_at_once(store: Store, clock: Clock) -> None:
    store.signing_secrets.rotate(HOOK, "whsec_a", DAY)
    clock.advance(1)
    assert store.signing_secrets.rotate(HOOK, "whsec_b", 0) is None
    assert signing(store) == ("whsec_b",)
    assert store.signing_secrets.rotate(OTHER, "whsec_c", 0) is None
    assert signing(store, OTHER, 2) == ("whsec_c",)


def test_rows_that_sign_no_more_are_removed_at_the_next_rotation(store: Store, clock: Clock) -> None:
    for number in range(5):
        store.signing_secrets.rotate(HOOK, f"whsec_{number}", DAY)
        clock.advance(2 * DAY)
    with store.database.read() as session:
        assert len(session.scalars(select(WebhookSigningSecret)).all()) == 2


def test_secrets_and_credentials_of_urls_are_not_readable_in_the_database(store: Store) -> None:
    store.signing_secrets.rotate(OTHER, "whsec_plain", DAY)
    with store.database.read() as session:
        rows = session.scalars(select(WebhookSigningSecret)).all()
    stored = " ".join(str(value) for row in rows for value in vars(row).values())
    assert "whsec_plain" not in stored
    assert "tell-nobody" not in stored
    assert {row.url for row in store.signing_secrets.list()} == {"http://127.0.0.1:9/other?..."}


def test_a_secret_that_cannot_be_decrypted_delays_its_own_endpoint_only(store: Store) -> None:
    store.signing_secrets.rotate(OTHER, "whsec_a", DAY)
    completed(store, 1, hook=HOOK)
    completed(store, 2, hook=OTHER)
    object.__setattr__(store.context, "cipher", Cipher(Fernet.generate_key().decode()))
    assert [taken.url for taken in store.outbox.take(10)] == [HOOK]
    assert {row.last_error for row in store.deliveries.list(state="pending")} == {"wrong_encryption_key"}
