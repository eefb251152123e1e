"""The registry of all insights.

They come from the modules of this package that contain an ``InsightSpec``, and from the user's files
(``user_insights.py``). Must not go here: anything about one insight.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from meeting_pipeline import insights
from meeting_pipeline.domain.insight_forms import register_form, unregister_form
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.spec import InsightSpec

_FIRST: Final = ("speakers", "summary", "action_items", "decisions")
"""Order of the assets; others follow by name."""
_specs: dict[Insight, InsightSpec[Any, Any]] = {}
_users: list[Insight] = []
_own_questions: dict[Insight, str] = {}
"""The questions of the program, where others may have taken their place."""
SPECS: Final[Mapping[Insight, InsightSpec[Any, Any]]] = MappingProxyType(_specs)
"""All insights by name."""


def register(spec: InsightSpec[Any, Any]) -> None:
    """Add an insight to this process. Raises: ValueError if the name is taken."""
    register_form(spec.form)
    _specs[spec.insight] = spec


def unregister(insight: Insight) -> None:
    """Remove an insight from this process. Its stored results stay, but are not shown."""
    unregister_form(insight)
    _own_questions.pop(insight, None)
    _specs.pop(insight, None)


def replace_user_insights(specs: Iterable[InsightSpec[Any, Any]]) -> None:
    """Replace all user-defined insights with these. Raises: ValueError if a name is taken."""
    while _users:
        unregister(_users.pop())
    for spec in specs:
        register(spec)
        _users.append(spec.insight)


def user_insights() -> tuple[str, ...]:
    """Names of the user-defined insights."""
    return tuple(insight.value for insight in _users)


@contextmanager
def with_questions(questions: Mapping[Insight, str]) -> Iterator[None]:
    """Ask other questions in this process, for a trial; the shapes of the answers and their checks stay.

    Raises: KeyError if there is no such insight.
    """
    before = {insight: _specs[insight] for insight in questions}
    _specs.update({insight: replace(_specs[insight], question=question) for insight, question in questions.items()})
    try:
        yield
    finally:
        _specs.update(before)


def replaced_questions() -> dict[Insight, str]:
    """The program's own questions of the insights that ask others in this process."""
    return {insight: own for insight, own in _own_questions.items() if _specs[insight].question != own}


def use_questions(questions: Mapping[str, str]) -> None:
    """Ask these questions in this process from now on; insights that are not named ask their own. Unknown names are ignored."""
    for insight, spec in list(_specs.items()):
        own = _own_questions.setdefault(insight, spec.question)
        wanted = questions.get(insight.value, own)
        if wanted != spec.question:
            _specs[insight] = replace(spec, question=wanted)


def _rank(spec: InsightSpec[Any, Any]) -> tuple[int, str]:
    name = spec.insight.value
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)


def discovered() -> Iterator[InsightSpec[Any, Any]]:
    """The insights of this package's modules."""
    for module in pkgutil.iter_modules(insights.__path__, f"{insights.__name__}."):
        if module.name != __name__:
            values = vars(importlib.import_module(module.name)).values()
            yield from (value for value in values if isinstance(value, InsightSpec))


for _spec in sorted(discovered(), key=_rank):
    register(_spec)
