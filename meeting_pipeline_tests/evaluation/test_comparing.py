"""A version is worse only beyond the interval of the current one."""

import pytest

from meeting_pipeline.evaluation.comparing import worse_figures
from meeting_pipeline.evaluation.figures import Figure

F1 = "action_items.f1"
CURRENT = {F1: Figure(value=0.6, low=0.5, high=0.7), "cost_usd": Figure(value=0.01, low=0.008, high=0.012)}


def worse(**values: float) -> list[str]:
    figures = {name.replace("_f1", ".f1"): Figure(value=value) for name, value in values.items()}
    return [found.metric.name for found in worse_figures(figures, CURRENT)]


@pytest.mark.parametrize(("f1", "is_worse"), [(0.9, False), (0.55, False), (0.5, False), (0.49, True)])
def test_a_lower_f1_is_worse_below_the_interval(f1: float, is_worse: bool) -> None:
    assert (F1 in worse(action_items_f1=f1, cost_usd=0.01)) is is_worse


@pytest.mark.parametrize(("usd", "is_worse"), [(0.001, False), (0.012, False), (0.02, True)])
def test_a_higher_cost_is_worse_above_the_interval(usd: float, is_worse: bool) -> None:
    assert ("cost_usd" in worse(action_items_f1=0.6, cost_usd=usd)) is is_worse


def test_a_figure_that_is_no_longer_measured_is_worse() -> None:
    assert worse(cost_usd=0.01) == [F1]


def test_without_an_interval_the_value_itself_is_the_limit() -> None:
    current = {F1: Figure(value=0.6)}
    assert worse_figures({F1: Figure(value=0.59)}, current) != []
    assert worse_figures({F1: Figure(value=0.6)}, current) == []


def test_only_the_named_figures_are_compared_if_some_are_named() -> None:
    assert worse_figures({F1: Figure(value=0.1)}, CURRENT, "cost_usd") != []
    assert [found.metric.name for found in worse_figures({F1: Figure(value=0.1)}, CURRENT, F1)] == [F1]
