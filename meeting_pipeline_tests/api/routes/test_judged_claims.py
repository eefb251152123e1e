"""Claims over HTTP: what is not confirmed is delivered nowhere until a person accepts it, and every judgement can be undone."""

import csv
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.catalog.refreshing import current_tables
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.verdicts import REASONS
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import finish
from meeting_pipeline_tests.store.results.test_claim_edits import FALSE_SENTENCE, LIE, TRUE, summed_up, tasks
from meeting_pipeline_tests.store.samples import HOOK, Journey, decisions, speakers


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


@pytest.fixture
def key(installation: Installation) -> str:
    journey = Journey(installation.store).accept(hook=HOOK).begin().collect()
    journey.answer(summed_up(), speakers(), tasks(), decisions("Ship it"))
    journey.complete()
    return journey.key


def claims(client: TestClient, key: str) -> dict[str, dict[str, Any]]:
    answer = client.get(f"/v1/meetings/{key}/claims")
    assert answer.status_code == 200, answer.text
    return {claim["text"]: claim for claim in answer.json()["claims"]}


def judge(client: TestClient, key: str, text: str, judgement: str | None) -> dict[str, Any]:
    path = f"/v1/meetings/{key}/claims/{claims(client, key)[text]['claim_id']}"
    answer = client.patch(path, json={"judgement": judgement})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = next(claim for claim in answer.json()["claims"] if claim["text"] == text)
    return found


class Published:
    """Everything that a meeting's facts are published in."""

    def __init__(self, client: TestClient, installation: Installation, key: str) -> None:
        self.client, self.installation, self.key, self.runs = client, installation, key, 0

    def tell(self) -> None:
        """Do what follows an edit: minutes and webhook, then the tables over all meetings."""
        self.runs += 1
        run = f"told-{self.runs}"
        self.installation.store.lifecycle.begin(self.key, run, collecting=False)
        finish(self.installation, self.key, run)
        self.installation.store.leases.end(run)
        current_tables(self.installation)

    def meeting(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/v1/meetings/{self.key}").json()["meeting"]
        return found

    def webhook(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.installation.store.deliveries.events(self.key)[-1].body)["meeting"]
        return found

    def register(self) -> list[str]:
        months = sorted((self.installation.settings.exports / "action_item_register").glob("*.csv"))
        return [row["task"] for path in months for row in csv.DictReader(path.read_text("utf-8").splitlines())]

    def facts(self) -> list[list[str]]:
        """The tasks in the API, the webhook and the register."""
        told = [[item["task"] for item in found["action_items"]] for found in (self.meeting(), self.webhook())]
        return [*told, sorted(self.register())]


def test_a_claim_is_withheld_accepted_deleted_and_withheld_again(
    client: TestClient, installation: Installation, key: str
) -> None:
    published = Published(client, installation, key)
    published.tell()
    assert published.facts() == [[TRUE]] * 3
    assert published.meeting()["unverified"] == {"speakers": 0, "summary": 1, "action_items": 1, "decisions": 0}
    minutes = client.get(f"/v1/meetings/{key}/minutes.md").text
    assert minutes.index("Not confirmed by the words of the meeting") < minutes.index(FALSE_SENTENCE.rstrip("."))
    assert REASONS["not_supported"].rstrip(".") in minutes

    accepted = judge(client, key, LIE, "accepted")
    assert (accepted["state"], accepted["judged_by"]) == ("published", "this machine")
    published.tell()
    assert published.facts() == [[TRUE, LIE], [TRUE, LIE], sorted([TRUE, LIE])]
    assert published.webhook()["action_items"][1]["accepted_by"] == "this machine"

    assert judge(client, key, LIE, "deleted")["state"] == "deleted"
    assert judge(client, key, TRUE, "deleted")["state"] == "deleted"
    published.tell()
    assert published.facts() == [[]] * 3
    assert LIE not in client.get(f"/v1/meetings/{key}/minutes.md").text

    assert judge(client, key, LIE, None)["state"] == "withheld"
    assert judge(client, key, TRUE, None)["judged_at"] is None
    published.tell()
    assert published.facts() == [[TRUE]] * 3
    assert [event.revision for event in installation.store.deliveries.events(key)] == [1, 2, 3, 4]


def test_a_withheld_claim_is_listed_with_its_reasons_its_quote_and_all_its_fields(client: TestClient, key: str) -> None:
    found = claims(client, key)[LIE]
    assert (found["insight"], found["state"], found["verdict"]) == ("action_items", "withheld", "unverified")
    assert found["reasons"] == [{"code": "not_supported", "sentence": REASONS["not_supported"]}]
    assert found["evidence"] == {"segment_ids": [1], "quote": "send the report", "start_ms": 1000}
    assert (found["entry"]["owner_name"], found["entry"]["due_date"]) == ("Speaker B", "2025-03-21")
    sentence = claims(client, key)[FALSE_SENTENCE]
    assert (sentence["part"], sentence["evidence"]["start_ms"]) == ("sentences", 0)


def test_claims_that_are_marked_are_in_the_record_with_their_verdict(installation: Installation, key: str) -> None:
    marking = installation.settings.model_copy(update={"unverified": "mark"})
    service = Service(Installation(marking, installation.store), guarded=False)
    with TestClient(build_app(service), base_url="http://127.0.0.1:3001") as client:
        items = client.get(f"/v1/meetings/{key}").json()["meeting"]["action_items"]
        assert [(item["task"], item["verdict"]) for item in items] == [(TRUE, "verified"), (LIE, "unverified")]
    current_tables(installation)
    frame = current_tables(Installation(marking, installation.store)).newest["action_item_register"]
    assert sorted(frame["verdict"]) == ["unverified", "verified"]
    assert list(current_tables(installation).newest["action_item_register"]["verdict"]) == ["verified"]


def test_what_no_language_model_says_any_more_is_listed_as_waiting(
    client: TestClient, installation: Installation, key: str
) -> None:
    judge(client, key, LIE, "accepted")
    journey = Journey(installation.store)
    journey.key, journey.runs = key, 5
    journey.begin(collecting=False).answer(tasks().model_copy(update={"items": tasks().items[:1]}))
    found = claims(client, key)[LIE]
    assert (found["state"], found["judgement"], found["entry"]) == ("waiting", "accepted", None)


@pytest.mark.parametrize("body", [{}, None, [], {"judgement": "perhaps"}, {"judgement": "accepted", "by": "me"}])
def test_what_is_no_judgement_is_refused(client: TestClient, key: str, body: Any) -> None:
    answer = client.patch(f"/v1/meetings/{key}/claims/{claims(client, key)[LIE]['claim_id']}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_claim_that_does_not_exist_is_unknown(client: TestClient, key: str) -> None:
    answer = client.patch(f"/v1/meetings/{key}/claims/no-such-claim", json={"judgement": "accepted"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_claim")
    assert client.get("/v1/meetings/2025-03-14-weekly-0000000a/claims").json()["code"] == "unknown_recording"


def test_judging_takes_the_scope_submit_and_is_kept_under_the_name_of_the_key(
    client: TestClient, installation: Installation, key: str
) -> None:
    claim = claims(client, key)[LIE]["claim_id"]
    given = {scope: installation.store.api_keys.create(f"the {scope} key", scope).key for scope in ("read", "submit")}
    shown = {scope: {"Authorization": f"Bearer {held}"} for scope, held in given.items()}
    path, body = f"/v1/meetings/{key}/claims/{claim}", {"judgement": "accepted"}
    assert client.patch(path, json=body, headers=shown["read"]).json()["code"] == "scope_missing"
    assert client.patch(path, json=body, headers=shown["submit"]).status_code == 200
    record = installation.store.records.get(key)
    assert [one.accepted_by for one in record.claims or () if one.insight is Insight.ACTION_ITEMS] == [
        None, "the submit key",
    ]  # fmt: skip
