"""`webhooks` shows the state of deliveries, and replays them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline.webhooks.signing import check_signing_secret
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import GONE, HOOK, REFUSED, Attempt, completed, summary

CMS = "http://cms.example:8080/hook?token=tell-nobody"


def dead(installation: Installation, number: int = 1) -> str:
    """A delivery that has used up its attempts."""
    completed(installation.store, number, hook=HOOK)
    (taken,) = installation.store.outbox.take(10)
    installation.store.outbox.settle(taken, REFUSED, None)
    return taken.delivery_id


@pytest.mark.usefixtures("installation")
def test_nothing_to_list_is_said(run: Run) -> None:
    assert run("webhooks", "list").stdout == "No deliveries.\n"


def test_a_delivery_is_listed_with_state_tries_and_last_error(run: Run, installation: Installation) -> None:
    delivery = dead(installation)
    cells = run("webhooks", "list", "--state", "dead").stdout.splitlines()[1].split()
    assert cells == [delivery[:12], "dead", "1", "webhook_status", "-", "1", "2025-03-14-weekly-00000001", HOOK]
    assert run("webhooks", "list", "--state", "pending").stdout == "No deliveries.\n"
    (row,) = json.loads(run("webhooks", "list", "--recording", "2025-03", "--json").stdout)
    assert row["id"] == delivery


def test_every_try_is_shown(run: Run, installation: Installation) -> None:
    delivery = dead(installation)
    output = run("webhooks", "show", delivery[:8]).stdout
    assert len(json.loads(run("webhooks", "show", delivery[:8], "--json").stdout)["tries"]) == output.count("try ")
    assert "state           dead" in output
    assert "12 ms, webhook_status: HTTP 500" in output


def test_a_dead_delivery_is_due_again_after_replay(run: Run, installation: Installation) -> None:
    delivery = dead(installation)
    assert run("webhooks", "replay", delivery[:8]).stdout == "1 of 1 deliveries are due again.\n"
    assert [taken.delivery_id for taken in installation.store.outbox.take(10)] == [delivery]


def test_all_dead_ones_can_be_replayed_at_once(run: Run, installation: Installation) -> None:
    dead(installation)
    assert run("webhooks", "replay", "--state", "dead").stdout == "1 of 1 deliveries are due again.\n"
    assert run("webhooks", "replay", "--state", "dead").stdout == "Nothing to replay.\n"


@pytest.mark.usefixtures("installation")
def test_an_unknown_delivery_is_one_line(run: Run) -> None:
    for command in ("show", "replay"):
        result = run("webhooks", command, "nothing")
        assert result.exit_code == 2
        assert "There is no delivery 'nothing'" in result.stderr


def test_replay_asks_for_deliveries_or_a_state(run: Run) -> None:
    assert run("webhooks", "replay").exit_code == 2


def given_up(installation: Installation, url: str = CMS, *numbers: int) -> None:
    """An endpoint that answered 410, with a delivery of each recording held."""
    for number in numbers or (1,):
        completed(installation.store, number, hook=url)
    taken = installation.store.outbox.take(1)
    installation.store.outbox.settle(taken[0], GONE, None)
    assert installation.store.outbox.take(10) == []


def test_an_endpoint_that_was_given_up_is_shown_with_the_reason(run: Run, installation: Installation) -> None:
    assert run("webhooks", "endpoints").stdout == "No endpoint fails.\n"
    given_up(installation, CMS, 1, 2)
    lines = run("webhooks", "list", "--state", "held").stdout.splitlines()
    assert len(lines) == 3
    assert all(line.endswith("http://cms.example:8080/hook?...") for line in lines[1:])
    untried = next(row for row in installation.store.deliveries.list() if row.attempts == 0)
    output = run("webhooks", "show", untried.id).stdout
    assert "state           held" in output
    assert "last_error      endpoint_disabled" in output
    assert "endpoint_state  disabled: The receiver responded with 410" in output
    assert "disabled" in run("webhooks", "endpoints").stdout
    (endpoint,) = json.loads(run("webhooks", "endpoints", "--json").stdout)
    assert (endpoint["state"], endpoint["code"]) == ("disabled", "webhook_gone")


@pytest.mark.parametrize("name", [CMS, "http://cms.example:8080/hook?...", "cms.example", "cms.example:8080"])
def test_an_endpoint_is_replayed_and_enabled_by_any_of_its_names(
    run: Run, installation: Installation, name: str
) -> None:
    given_up(installation, CMS, 1, 2)
    dead(installation, 3)
    assert run("webhooks", "replay", "--endpoint", name).stdout.splitlines() == [
        "Enabled again: http://cms.example:8080/hook?...",
        "2 of 2 deliveries are due again.",
    ]
    assert len(installation.store.outbox.take(10)) == 2


def test_an_endpoint_is_enabled_without_its_dead_letters(run: Run, installation: Installation) -> None:
    dead(installation, 1)
    given_up(installation, HOOK, 2)
    assert run("webhooks", "enable", "127.0.0.1").stdout.splitlines() == [
        f"Enabled again: {HOOK}",
        "1 held deliveries are due again.",
    ]
    assert run("webhooks", "enable", "127.0.0.1").stdout == "Nothing is held for that endpoint.\n"
    assert [taken.recording_key[-1] for taken in installation.store.outbox.take(10)] == ["2"]


def test_a_replay_by_time_takes_what_did_not_arrive_in_that_time(run: Run, installation: Installation) -> None:
    dead(installation)
    for since, until, replayed in (
        ("1h", None, True),
        (None, "1h", False),
        ("2020-01-01", "2020-02-01", False),
        ("2020-01-01", (datetime.now(UTC) + timedelta(minutes=1)).isoformat(), True),
    ):
        options = [*(["--since", since] if since else []), *(["--until", until] if until else [])]
        said = run("webhooks", "replay", *options).stdout
        assert said == ("1 of 1 deliveries are due again.\n" if replayed else "Nothing to replay.\n")
        listed = run("webhooks", "list", *options).stdout
        assert (listed != "No deliveries.\n") == replayed


def test_a_replay_of_many_leaves_out_what_arrived_unless_it_is_asked_for(run: Run, installation: Installation) -> None:
    key = completed(installation.store, 1, hook=HOOK).key
    (taken,) = installation.store.outbox.take(1)
    installation.store.outbox.settle(taken, Attempt(), None)
    assert run("webhooks", "replay", "--recording", key).stdout == "Nothing to replay.\n"
    said = run("webhooks", "replay", "--recording", key, "--state", "delivered").stdout
    assert said == "1 of 1 deliveries are due again.\n"


def test_revisions_that_are_replayed_together_are_due_one_after_another(run: Run, installation: Installation) -> None:
    store = installation.store
    journey = completed(store, 1, hook=HOOK)
    for revision in (2, 3):
        assert journey.begin(collecting=False).answer(summary(f"View {revision}.")).complete() == revision
    for _ in range(3):
        (taken,) = store.outbox.take(10)
        store.outbox.settle(taken, REFUSED, None)
    assert run("webhooks", "replay", "--endpoint", HOOK).stdout == "3 of 3 deliveries are due again.\n"
    heard = []
    while taken_now := store.outbox.take(10):
        heard += [json.loads(taken.body)["revision"] for taken in taken_now]
        for taken in taken_now:
            store.outbox.settle(taken, Attempt(), None)
    assert heard == [1, 2, 3]


def test_no_command_shows_what_may_be_a_credential(run: Run, installation: Installation) -> None:
    given_up(installation)
    (row,) = installation.store.deliveries.list()
    calls = (["list"], ["list", "--json"], ["show", row.id], ["endpoints"], ["endpoints", "--json"], ["enable", CMS])
    for call in calls:
        assert "tell-nobody" not in run("webhooks", *call).output
    unknown = run("webhooks", "replay", "--endpoint", "http://nowhere.example/?token=tell-nobody")
    assert unknown.exit_code == 2
    assert "No webhook goes to http://nowhere.example/" in unknown.stderr
    assert "tell-nobody" not in unknown.output


@pytest.mark.parametrize(
    "wrong",
    [
        ["list", "--since", "yesterday"],
        ["list", "--state", "lost"],
        ["replay", "--until", "9999999d"],
        ["replay", "some", "--state", "dead"],
        ["enable"],
    ],
)
def test_a_wrong_call_says_what_is_wrong(run: Run, wrong: list[str]) -> None:
    result = run("webhooks", *wrong)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert "Traceback" not in result.output


# --- signing secrets ------------------------------------------------------------------------------------------------


def test_a_new_signing_secret_is_printed_once_and_listed_without_it(run: Run, installation: Installation) -> None:
    completed(installation.store, 1, hook=HOOK)
    result = run("webhooks", "rotate-secret", "127.0.0.1:9", "--overlap", "3d")
    secret = result.stdout.strip()
    check_signing_secret(secret)
    assert HOOK in result.stderr
    assert "signs too until" in result.stderr
    (taken,) = installation.store.outbox.take(10)
    assert taken.signing_secrets == (secret, None)
    listed = run("webhooks", "secrets")
    assert secret not in listed.output
    own, old = json.loads(run("webhooks", "secrets", "--json").stdout)
    assert (own["endpoint"], own["secret"], own["valid_until"]) == (HOOK, "own", None)
    assert (old["secret"], old["created_at"]) == ("installation", None)


@pytest.mark.usefixtures("installation")
def test_an_endpoint_can_have_its_secret_before_its_first_submission(run: Run) -> None:
    url = "https://cms.example.org/hook?token=tell-nobody"
    told = json.loads(run("webhooks", "rotate-secret", url, "--overlap", "0", "--json").stdout)
    assert (told["endpoint"], told["old_valid_until"]) == ("https://cms.example.org/hook?...", None)
    check_signing_secret(told["secret"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere.example",), "No webhook goes to nowhere.example."),
        (("ftp://cms.example.org/",), "must start with http"),
        (("https://cms.example.org/", "--overlap", "soon"), "is not a duration"),
        (("https://cms.example.org/", "--overlap", "91d"), "at most 90d"),
        (("127.0.0.1",), "2 endpoints match"),
    ],
)
def test_an_endpoint_that_is_not_clear_gets_no_secret(
    run: Run, installation: Installation, words: tuple[str, ...], told: str
) -> None:
    for number, hook in enumerate((HOOK, f"{HOOK}/other"), 1):
        completed(installation.store, number, hook=hook)
    result = run("webhooks", "rotate-secret", *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert installation.store.signing_secrets.list() == []
