"""The output of processes becomes one JSON object per line."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from dagster._utils.log import default_date_format_string, default_format_string

from meeting_pipeline.supervisor.log_lines import MAX_CHARACTERS, Lines

NOW = datetime(2026, 11, 21, 7, 43, 35, tzinfo=UTC)
TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "x.py", line 1, in <module>',
    "    1/0",
    "ZeroDivisionError: division by zero",
]


def records(*lines: str) -> list[dict[str, object]]:
    made = Lines("daemon")
    found = [record for line in lines for record in made.feed(line, NOW)] + made.flush()
    return [json.loads(record) for record in found]


def test_a_line_of_dagster_is_read_without_its_colours() -> None:
    [found] = records(
        "\x1b[32m2026-11-21 05:15:53 +0100\x1b[0m - dagster.daemon.SensorDaemon - \x1b[34mINFO\x1b[0m - Checking"
    )
    assert found == {
        "time": "2026-11-21T04:15:53Z",
        "level": "info",
        "logger": "dagster.daemon.SensorDaemon",
        "process": "daemon",
        "message": "Checking",
    }


def test_dagster_still_writes_as_we_read() -> None:
    assert default_format_string() == "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
    assert default_date_format_string() == "%Y-%m-%d %H:%M:%S %z"


def test_the_run_that_a_line_of_dagster_names_is_a_field() -> None:
    run = "0c4b9f3e-7d43-4f0f-9d35-6d3d6a1f3b11"
    [found] = records(f"2026-11-21 05:16:03 +0000 - dagster - ERROR - process_recording - {run} - 17 - STEP_FAILURE")
    assert found["run_id"] == run
    assert found["level"] == "error"


def test_a_traceback_is_one_field_of_the_record_before_it() -> None:
    first, second = records(
        "2026-11-21 05:16:03 +0000 - dagster - ERROR - boom",
        "more of it",
        *TRACEBACK,
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        *TRACEBACK,
        "2026-11-21 05:16:04 +0000 - dagster - INFO - and on",
    )
    assert first["message"] == "boom\nmore of it"
    assert str(first["exception"]).count("ZeroDivisionError: division by zero") == 2
    assert second["message"] == "and on"


def test_a_traceback_by_itself_is_told_by_what_was_raised() -> None:
    [found] = records(*TRACEBACK)
    assert found["message"] == "ZeroDivisionError: division by zero"
    assert found["level"] == "error"
    assert found["exception"] == "\n".join(TRACEBACK)


def test_our_own_records_pass_through_a_traceback_that_is_being_printed() -> None:
    ours = '{"time": "2026-11-21T07:43:35Z", "level": "info", "logger": "a", "process": "run-worker", "message": "m"}'
    passed, held = records(*TRACEBACK[:2], ours, *TRACEBACK[2:])
    assert passed == json.loads(ours)
    assert held["exception"] == "\n".join(TRACEBACK)


@pytest.mark.parametrize(
    ("line", "level", "logger", "message"),
    [
        ("INFO:     Started server process [7]", "info", "uvicorn", "Started server process [7]"),
        ("E1121 05:15:53.123456  4711 chttp2.cc:1] lost", "error", "grpc", "chttp2.cc:1] lost"),
        ("a stray print", "info", "output", "a stray print"),
        ('{"json": "of somebody else"}', "info", "output", '{"json": "of somebody else"}'),
        ("[1, 2]", "info", "output", "[1, 2]"),
        ('{"time": 1,', "info", "output", '{"time": 1,'),
        ('{"a": ' * 40_000, "info", "output", ('{"a": ' * 40_000).rstrip()),
        *(
            (line, "info", "output", line)
            for line in (  # in Dagster's format, with an invalid time
                "2026-02-30 05:16:03 +0000 - dagster - INFO - no such day",
                "2026-13-01 05:16:03 +0000 - dagster - INFO - no such month",
                "2026-01-01 25:61:61 +0000 - dagster - INFO - no such hour",
                "2026-01-01 05:16:03 +9999 - dagster - INFO - no such zone",
                "0000-01-01 05:16:03 +0000 - dagster - INFO - no such year",
                "0001-01-01 00:00:00 +2300 - dagster - INFO - before the first day in UTC",
                "9999-12-31 23:59:59 -2300 - dagster - INFO - after the last day in UTC",
            )
        ),
        ("weird \x00 \u2028 \udcff", "info", "output", "weird \x00 \u2028 \udcff"),
    ],
)
def test_every_other_line_is_kept_too(line: str, level: str, logger: str, message: str) -> None:
    [found] = records(line)
    assert (found["level"], found["logger"], found["message"]) == (level, logger, message)
    assert (found["process"], found["time"]) == ("daemon", "2026-11-21T07:43:35Z")


def test_stray_prints_stay_apart() -> None:
    assert [found["message"] for found in records("one", "two", "", "  of two", "three")] == [
        "one",
        "two\n\n  of two",
        "three",
    ]


def test_a_record_that_never_ends_is_cut_off() -> None:
    [found] = records("2026-11-21 05:16:03 +0000 - dagster - INFO - x", *["y" * 1000] * 1000)
    assert len(str(found["message"])) < MAX_CHARACTERS + 2000


def test_any_bytes_become_lines_that_parse() -> None:
    text = "".join(chr(n) for n in [*range(32), *range(127, 160), 0x2028, 0xFFFD])
    for found in records(*text.split("\n"), *(text * 2).split("\n")):
        assert isinstance(found["message"], str)


def test_the_output_of_a_library_without_logging_of_its_own_keeps_its_level() -> None:
    [found] = records("WARNING:root:Retrying failed database connection: it is away")
    assert (found["level"], found["logger"]) == ("warning", "root")
    assert found["message"] == "Retrying failed database connection: it is away"


LONG = [
    "Traceback (most recent call last):",
    *[f'  File "x{number}.py", line 1' for number in range(40)],
    "Away: port 5432",
]
BOOM = "2026-11-21 05:16:03 +0000 - dagster - ERROR - boom"


def written(made: Lines, *lines: str, at: datetime = NOW) -> list[dict[str, str]]:
    found = [record for line in lines for record in made.feed(line, at)]
    return [json.loads(record) for record in [*found, *made.flush()]]


def test_a_traceback_that_repeats_is_written_in_full_every_ten_minutes() -> None:
    made = Lines("daemon")
    [first] = written(made, BOOM, *LONG)
    [second] = written(made, BOOM, *[line.replace("5432", "6543") for line in LONG], at=NOW + timedelta(minutes=9))
    [third] = written(made, BOOM, *LONG, at=NOW + timedelta(minutes=10))
    assert first["exception"] == third["exception"] == "\n".join(LONG)
    assert second["exception"] == "Away: port 6543\n(the rest as at 2026-11-21T07:43:35+00:00)"
    assert second["message"] == "boom"


def test_another_traceback_and_a_clock_that_was_set_back_are_written_in_full() -> None:
    made = Lines("daemon")
    written(made, BOOM, *LONG)
    [other] = written(made, BOOM, *LONG[:-1], "Gone: it never comes back")
    assert other["exception"].endswith("Gone: it never comes back")
    assert len(other["exception"]) > 400
    [earlier] = written(made, BOOM, *LONG, at=NOW - timedelta(hours=1))
    assert earlier["exception"] == "\n".join(LONG)


def test_a_long_message_of_ours_that_repeats_is_shortened_to_its_first_line() -> None:
    made = Lines("daemon")
    line = json.dumps({"time": "t", "level": "error", "message": "Failed to add heartbeat:\n" + "x" * 500})
    [first], [second] = written(made, line), written(made, line)
    assert len(first["message"]) > 500
    assert second["message"].startswith("Failed to add heartbeat:\n(the rest as at ")


def test_only_the_latest_texts_are_remembered() -> None:
    made = Lines("daemon")
    for number in range(500):
        written(made, BOOM, *LONG[:-1], f"Away: {chr(0x4E00 + number)}")
    assert len(made._repeated._written) <= 64
