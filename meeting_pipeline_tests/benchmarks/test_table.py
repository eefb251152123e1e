"""The table of the benchmark, and the choice of its parts."""

import pytest

from benchmarks.anchors.figures import Measured
from benchmarks.anchors.measure import difference, kind_of
from benchmarks.anchors.plan import PARTS, Sizes, chosen
from benchmarks.anchors.table import ratio, table

CELERY = "Celery, 2 slots"


def rows(ours: Measured, celery: Measured) -> list[list[str]]:
    text = table(ours, {CELERY: celery}, Sizes())
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


def test_a_ratio_is_ours_divided_by_the_other_and_of_runs_their_medians() -> None:
    assert ratio(3.0, 2.0) == "1.50"
    assert ratio([14.0, 18.0, 100.0], [4.0, 4.5, 5.0]) == "4.00"
    assert [ratio(None, 2.0), ratio(2.0, None), ratio(2.0, 0.0)] == ["-", "-", "-"]


def test_a_row_shows_every_run_and_nobody_s_figures_get_no_row() -> None:
    ours, celery = Measured(), Measured()
    ours.add("alone", {"drop_s": [14.21, 18.0, 19.0]})
    celery.add("alone", {"drop_s": [4.5, 4.5, 4.5]})
    heads, _, *rest = rows(ours, celery)
    assert heads == ["what", "ours", CELERY, "ours / it"]
    assert [row[1:] for row in rest] == [["14.2, 18.0, 19.0", "4.5, 4.5, 4.5", "4.00"]]


def test_every_kind_of_process_has_a_row_whoever_has_it() -> None:
    ours, celery = Measured(), Measured()
    ours.add("burst30", {"cpu_s_of.daemon": 0.3, "cpu_s_of.workers": 0.6})
    celery.add("burst30", {"cpu_s_of.redis": 0.01, "cpu_s_of.workers": 0.12})
    found = {row[0]: row[1:] for row in rows(ours, celery)[2:]}
    assert found == {
        "... of which daemon, idle included": ["0.300", "-", "-"],
        "... of which workers, idle included": ["0.600", "0.120", "5.00"],
        "... of which redis, idle included": ["-", "0.010", "-"],
    }


def test_a_scaled_figure_is_marked_and_explained_below_and_others_of_the_part_are_not() -> None:
    ours, celery = Measured(), Measured(notes={"burst200": "20 of 200, scaled"})
    ours.add("burst200", {"per_hour": 2285, "last_s": 254})
    celery.add("burst200", {"per_hour": 111, "last_s": 6400})
    assert [row[1:] for row in rows(ours, celery)[2:]] == [["2,285", "111", "20.59"], ["254", "6,400 *", "0.04"]]
    assert table(ours, {CELERY: celery}, Sizes()).endswith(f"{CELERY}, burst200: 20 of 200, scaled.")


def test_the_words_name_the_sizes_that_were_measured() -> None:
    ours = Measured()
    ours.add("burst30", {"cpu_s_less_idle": 1.0})
    ours.add("backfill", {"last_call_s": 40.0})
    text = table(ours, {}, Sizes(burst=3, meetings=20))
    assert "burst of 3: CPU-s a recording" in text
    assert "backfill of 20," in text


def test_parts_are_chosen_by_name_and_an_unknown_name_is_an_error() -> None:
    assert chosen(None) == PARTS
    assert list(chosen("alone, burst30")) == ["alone", "burst30"]
    with pytest.raises(ValueError, match="burst20: choose from idle, alone"):
        chosen("alone,burst20")


def test_in_full_the_celery_pipeline_gets_as_much_as_the_other() -> None:
    sizes = Sizes().unscaled()
    assert (sizes.celery_waiting, sizes.celery_meetings) == (sizes.waiting, sizes.meetings)


def test_a_process_is_of_the_kind_that_its_command_line_says_or_else_of_its_parent_s() -> None:
    kinds = (("launching.server", "workers"), ("dagster._daemon", "daemon"))
    assert kind_of(["python", "-m", "dagster._daemon", "run"], kinds, "supervisor") == "daemon"
    assert kind_of(["python", "-c", "pass"], kinds, "service") == "service"


def test_time_is_counted_for_kinds_that_come_or_go_between_two_looks() -> None:
    assert difference({"up": 1.0}, {"up": 1.5, "ui": 0.5}) == {"up": 0.5, "ui": 0.5}
