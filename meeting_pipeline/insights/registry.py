"""Which insights there are: a new one is a new file beside this one, and a line here.

Its name, its value and its place in the record and in the minutes are the domain's (``domain/models.py``,
``domain/record.py``, ``domain/minutes.py``). Must not go here: anything about one insight.
"""

from collections.abc import Mapping
from typing import Any, Final

from meeting_pipeline.domain.models import Insight
from meeting_pipeline.insights.action_items import ACTION_ITEMS
from meeting_pipeline.insights.decisions import DECISIONS
from meeting_pipeline.insights.speakers import SPEAKERS
from meeting_pipeline.insights.spec import InsightSpec
from meeting_pipeline.insights.summary import SUMMARY

SPECS: Final[Mapping[Insight, InsightSpec[Any, Any]]] = {
    spec.insight: spec for spec in (SPEAKERS, SUMMARY, ACTION_ITEMS, DECISIONS)
}
