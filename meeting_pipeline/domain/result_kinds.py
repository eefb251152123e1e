"""The names of insights and of all kinds of results.

Belongs here: which names there are. Must not go here: what a result contains (``insight_results.py``), how it looks
(``insight_forms.py``), how such a name behaves (``open_enum.py``).
"""

from typing import ClassVar

from meeting_pipeline.domain.open_enum import OpenEnum


class Insight(OpenEnum):
    """The optional results; each is an asset."""

    # Each insight is one file (``insights/``). The names here are those that other code refers to.
    SPEAKERS: ClassVar["Insight"]
    SUMMARY: ClassVar["Insight"]
    ACTION_ITEMS: ClassVar["Insight"]
    DECISIONS: ClassVar["Insight"]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of all insights that have a form, in the order of their assets."""
        from meeting_pipeline.domain.insight_forms import forms  # not at the top: that module imports this one

        return tuple(forms())


Insight.SPEAKERS = Insight.named("speakers")
Insight.SUMMARY = Insight.named("summary")
Insight.ACTION_ITEMS = Insight.named("action_items")
Insight.DECISIONS = Insight.named("decisions")


class ResultKind(OpenEnum):
    """Kinds of stored results (artifacts): the transcript, the four insights, the minutes."""

    TRANSCRIPT: ClassVar["ResultKind"]
    SPEAKERS: ClassVar["ResultKind"]
    SUMMARY: ClassVar["ResultKind"]
    ACTION_ITEMS: ClassVar["ResultKind"]
    DECISIONS: ClassVar["ResultKind"]
    MINUTES: ClassVar["ResultKind"]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """All kinds, in order of dependency."""
        return ("transcript", *Insight.names(), "minutes")


ResultKind.TRANSCRIPT = ResultKind.named("transcript")
ResultKind.SPEAKERS = ResultKind.named("speakers")
ResultKind.SUMMARY = ResultKind.named("summary")
ResultKind.ACTION_ITEMS = ResultKind.named("action_items")
ResultKind.DECISIONS = ResultKind.named("decisions")
ResultKind.MINUTES = ResultKind.named("minutes")
