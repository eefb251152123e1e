"""The project's own log records."""

import json
import logging
import warnings
from collections.abc import Iterator

import pytest

from meeting_pipeline.domain.errors import ProviderUnavailable
from meeting_pipeline.foundation import logs
from meeting_pipeline.foundation.logs import log_as_configured, log_in_json, step_line, timed_step

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def printed(capsys: Printed) -> Iterator[Printed]:
    """Capture what is logged, and restore the loggers afterwards."""
    root, level = logging.getLogger(), logging.getLogger().level
    with warnings.catch_warnings():
        yield capsys
    for handler in logs._installed:
        root.removeHandler(handler)
    logs._installed.clear()
    logs._about.clear()
    root.setLevel(level)
    logging.captureWarnings(False)


def lines(printed: Printed) -> list[dict[str, object]]:
    return [json.loads(line) for line in printed.readouterr().err.splitlines()]


def test_a_record_is_one_object_with_the_fields_of_its_process(printed: Printed) -> None:
    log_in_json("run-worker", run_id="r", recording_id=None)
    logging.getLogger("some.where").warning("%d\nlines", 2, extra={"attempt": 3, "secret": "s"})
    [found] = lines(printed)
    assert str(found.pop("time")).endswith("Z")
    assert found == {
        "level": "warning",
        "logger": "some.where",
        "process": "run-worker",
        "run_id": "r",
        "attempt": 3,
        "message": "2\nlines",
    }


def test_a_traceback_is_one_field(printed: Printed) -> None:
    log_in_json("http-service")
    try:
        raise ValueError("bad")
    except ValueError:
        logging.getLogger("some.where").exception("it failed")
    [found] = lines(printed)
    assert str(found["exception"]).endswith("ValueError: bad")
    assert found["message"] == "it failed"


def test_asked_for_twice_a_record_is_written_once(printed: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(logs.PROCESS_VARIABLE, "code-server")
    log_as_configured()
    log_as_configured()
    logging.getLogger("some.where").warning("once")
    assert [found["process"] for found in lines(printed)] == ["code-server"]
    log_in_json("run-worker")
    logging.getLogger("some.where").warning("again")
    assert [found["process"] for found in lines(printed)] == ["run-worker"]


def test_nothing_changes_where_nobody_asks(printed: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(logs.PROCESS_VARIABLE, raising=False)
    log_as_configured()
    assert logs._installed == []


def test_dagsters_records_are_left_to_its_own_handler(printed: Printed) -> None:
    log_in_json("code-server")
    logging.getLogger("dagster.daemon").warning("twice?")
    assert lines(printed) == []


def test_a_piece_of_work_is_told_by_one_line(printed: Printed) -> None:
    log_in_json("run-worker", recording_id="k", run_id="r")
    with timed_step("transcript", attempt=2, host=None) as line:
        line.outcome = "available"
    [found] = lines(printed)
    assert isinstance(found["duration_ms"], int)
    assert {name: found[name] for name in ("recording_id", "run_id", "stage", "attempt", "outcome", "level")} == {
        "recording_id": "k",
        "run_id": "r",
        "stage": "transcript",
        "attempt": 2,
        "outcome": "available",
        "level": "info",
    }
    assert "code" not in found
    assert "host" not in found


def test_a_piece_of_work_that_fails_says_its_code(printed: Printed) -> None:
    log_in_json("run-worker")
    with pytest.raises(RuntimeError):
        fail_for_a_reason()
    with pytest.raises(ZeroDivisionError):
        meet_a_bug()
    with timed_step("nothing") as line:
        line.quiet = True
    first, second = lines(printed)
    assert (first["outcome"], first["code"], first["recording_id"]) == ("failed", "provider_busy", "other")
    assert (second["outcome"], second["code"]) == ("retry", "internal_error")


def fail_for_a_reason() -> None:
    with timed_step("transcript", recording_id="other"):
        try:
            raise ProviderUnavailable("provider_busy", "Busy.")
        except ProviderUnavailable as error:
            raise RuntimeError("red asset") from error


def meet_a_bug() -> None:
    with timed_step("minutes") as line:
        line.outcome = "retry"
        raise ZeroDivisionError


def test_a_line_can_be_written_by_hand(printed: Printed) -> None:
    log_in_json("run-worker")
    step_line("webhook", "pending", code="webhook_timeout", duration_ms=30, host="h", attempt=1)
    [found] = lines(printed)
    assert (found["stage"], found["level"], found["host"]) == ("webhook", "warning", "h")
