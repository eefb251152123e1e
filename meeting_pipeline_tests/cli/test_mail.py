"""`mail` lists mails with the reason of a failure, makes them due again, and tries the server; `doctor` signs in."""

import json
from collections.abc import Iterator

import pytest

from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.mail.smtp_server import SmtpServer, serving_mail
from meeting_pipeline_tests.store.samples import completed

pytestmark = pytest.mark.services
ANN = "ann@example.org"


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with serving_mail() as server:
        yield server


def settings_of(smtp: SmtpServer) -> dict[str, str]:
    return {
        "MEETING_PIPELINE_MAIL_SERVER": smtp.address,
        "MEETING_PIPELINE_MAIL_TLS": "off",
        "MEETING_PIPELINE_MAIL_FROM": "minutes@example.org",
        "MEETING_PIPELINE_MAIL_TO": ANN,
    }


@pytest.fixture
def store(open_with: OpenWith, smtp: SmtpServer) -> Store:
    store = open_with(**settings_of(smtp)).store
    completed(store)
    return store


def test_a_dead_mail_is_listed_with_its_reason_and_can_be_sent_again(run: Run, store: Store, smtp: SmtpServer) -> None:
    mail = store.mails.take("run")
    assert mail is not None
    assert store.mails.settle(mail, "mail_recipient_refused", "550 nobody", unsure=True, next_at=None) == "dead"
    line = run("mail", "list", "--state", "dead", **settings_of(smtp)).stdout.splitlines()[1]
    assert "mail_recipient_refused: 550 nobody; perhaps sent twice" in line
    [row] = json.loads(run("mail", "list", "--recording", "2025-03", "--json", **settings_of(smtp)).stdout)
    assert (row["address"], row["error"], row["perhaps_sent_twice"]) == (ANN, "mail_recipient_refused", True)
    assert run("mail", "retry", **settings_of(smtp)).stdout == "1 mails are due now.\n"
    assert store.mails.due() == 1
    assert run("mail", "list", "--state", "dead", **settings_of(smtp)).stdout == "No mails.\n"


def test_the_settings_can_be_tried_without_words_of_a_meeting(run: Run, store: Store, smtp: SmtpServer) -> None:
    assert run("mail", "test", ANN, **settings_of(smtp)).stdout == "The mail server accepted the mail.\n"
    assert "Weekly" not in smtp.kept[0].raw.decode()
    smtp.replies["RCPT"] = "550 5.1.1 nobody"
    refused = run("mail", "test", ANN, **settings_of(smtp))
    assert refused.exit_code == 2
    assert "mail_recipient_refused" in refused.output
    assert run("mail", "test", "ann", **settings_of(smtp)).exit_code == 2
    assert "mail_not_set" in run("mail", "test", ANN).output


@pytest.mark.usefixtures("store")
def test_doctor_signs_in_and_sends_nothing(run: Run, smtp: SmtpServer) -> None:
    assert f"OK   mail: {smtp.address} can be used." in run("doctor", **settings_of(smtp)).stdout
    smtp.replies["BANNER"] = "554 go away"
    found = run("doctor", **settings_of(smtp))
    assert found.exit_code == 1
    assert "FAIL mail: " in found.stdout
    assert "[mail_server_refused]" in found.stdout
    assert smtp.kept == []
    assert "mail:" not in run("doctor").stdout
