"""The job ``deliver_mail`` and its sensor: mails are sent, and a server that refuses fails nothing."""

from dataclasses import replace

import dagster as dg
import pytest

from meeting_pipeline.defs.sensors.mail_due import mail_due
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.mail.smtp_server import serving_mail
from meeting_pipeline_tests.store.samples import completed

pytestmark = pytest.mark.services


def requested(runs: Runs, installation: Installation) -> list[str | None]:
    context = dg.build_sensor_context(instance=runs.instance, resources={"installation": installation})
    found = mail_due(context)
    return [found.job_name] if isinstance(found, dg.RunRequest) else []


def test_a_run_sends_what_is_due_and_a_server_that_refuses_fails_nothing(runs: Runs, open_with: OpenWith) -> None:
    with serving_mail() as smtp:
        installation = open_with(
            MEETING_PIPELINE_MAIL_SERVER=smtp.address,
            MEETING_PIPELINE_MAIL_TLS="off",
            MEETING_PIPELINE_MAIL_FROM="minutes@example.org",
            MEETING_PIPELINE_MAIL_TO="ann@example.org,ben@example.org",
        )
        mailing = replace(runs, installation=installation)
        assert requested(mailing, installation) == []
        completed(installation.store)
        assert requested(mailing, installation) == ["deliver_mail"]
        smtp.replies["RCPT ann@example.org"] = "550 5.1.1 nobody"
        assert mailing.job("deliver_mail").success
        assert [kept.recipients for kept in smtp.kept] == [["ben@example.org"]]
        assert requested(mailing, installation) == []
