"""The ``Analyst`` port of the offline engine: four insights by rules, in milliseconds, always stamped as drafts.

Works on any transcript; well on written ones (imported exports), poorly on badly recognized speech, and only
on explicit wording. Must not go here: the rules; each has its module.
"""

from typing import Final

from meeting_pipeline import policies
from meeting_pipeline.domain.models import (
    ActionItems,
    Answer,
    Coverage,
    Decisions,
    Insight,
    InsightResult,
    MeetingContext,
    Provenance,
    Speakers,
    Transcript,
    Usage,
)
from meeting_pipeline.providers.offline.action_rules import action_items
from meeting_pipeline.providers.offline.decision_rules import decisions
from meeting_pipeline.providers.offline.key_sentences import summary
from meeting_pipeline.providers.offline.people import People, speaker_names
from meeting_pipeline.providers.offline.sentences import sentences_of
from meeting_pipeline.providers.ports import NO_LEDGER, Ledger

RULES_VERSION: Final = "rules-2"
"""Raise it when a rule changes what is found: results of older rules are then out of date."""
NOTE: Final = (
    'Draft by rules: finds explicit English wording ("I will ... by Friday", "we decided to ..."), '
    "misses what is only implied."
)


class OfflineAnalyst:
    """Extracts insights without a language model. Stateless, so thread-safe."""

    name = "offline"
    model = "rules"

    def prompt_version(self, insight: Insight) -> str:
        """The version of the rules: one for all insights."""
        return RULES_VERSION

    def extract(
        self, insight: Insight, transcript: Transcript, context: MeetingContext, ledger: Ledger = NO_LEDGER
    ) -> Answer:
        """One answer; the whole transcript is read, and nothing is paid. Never raises for a valid transcript."""
        total = len(transcript.segments)
        return Answer(
            insight=insight,
            result=_result(insight, transcript, context),
            coverage=Coverage(segments_read=total, segments_total=total),
            usage=Usage(),
            provenance=Provenance(provider=self.name, model=self.model, draft=True, note=NOTE),
            prompt_version=RULES_VERSION,
        )

    def check(self) -> str:
        """For ``doctor``."""
        return "Insights are drafts by rules on this machine (no key is set)."


def _result(insight: Insight, transcript: Transcript, context: MeetingContext) -> InsightResult:
    sentences = sentences_of(transcript)
    people = People(context.participants + tuple(transcript.speaker_names.values()))
    doubtful = transcript.confidence is not None and transcript.confidence < policies.DRAFT_FACT_CONFIDENCE
    if insight is Insight.SUMMARY:
        return summary(transcript, sentences)
    if insight is Insight.DECISIONS:
        return Decisions(decisions=decisions(sentences, candidate=doubtful))
    names = speaker_names(transcript, sentences, people)
    if insight is Insight.SPEAKERS:
        return Speakers(names=names)
    items = action_items(sentences, names, people, context.meeting_date, candidate=doubtful)
    return ActionItems(items=items)
