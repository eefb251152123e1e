"""The ``Analyst`` port of the offline engine: insights by rules, in milliseconds, always marked as drafts.

Works on any transcript: well on written ones (imported exports), poorly on badly recognised speech, and only
on explicit wording. Must not go here: the rules; each has its own module.
"""

from typing import Any, Final, assert_never

from meeting_pipeline import policies
from meeting_pipeline.domain.answers import Answer, MeetingContext
from meeting_pipeline.domain.errors import ProviderRefused
from meeting_pipeline.domain.insight_results import ActionItems, Decisions, InsightResult, Speakers
from meeting_pipeline.domain.languages import language_name, language_of
from meeting_pipeline.domain.provenance import Coverage, Provenance, Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.verification.introductions import one_name_each
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.spec import InsightSpec, OfflineRules
from meeting_pipeline.providers.llm_ports import NO_LEDGER, Ledger
from meeting_pipeline.providers.offline.action_rules import action_items
from meeting_pipeline.providers.offline.checking import checked_decision, checked_item, checked_name
from meeting_pipeline.providers.offline.decision_rules import decisions
from meeting_pipeline.providers.offline.key_sentences import summary
from meeting_pipeline.providers.offline.people import People, speaker_names
from meeting_pipeline.providers.offline.sentences import sentences_of
from meeting_pipeline.providers.spec import AnalystSpec

RULES_VERSION: Final = "rules-6"
"""Increase it whenever a rule changes the results; results of earlier versions are then out of date."""
NOTE: Final = (
    'Draft by rules: finds explicit English wording ("I will ... by Friday", "we decided to ..."), '
    "misses what is only implied."
)

NOTE_OF_OTHERS: Final = (
    "Draft by rules: sentences copied from the transcript, and names that its source gives. The other rules work only for "
    "English, and this meeting is in {language}."
)


class OfflineAnalyst:
    """Extracts insights without a language model. Stateless, so thread-safe."""

    name = "offline"
    model = "rules"

    def prompt_version(self, insight: Insight) -> str:
        """Return the version of the rules, the same for all insights."""
        return RULES_VERSION

    def extract(
        self, insight: Insight, transcript: Transcript, context: MeetingContext, ledger: Ledger = NO_LEDGER
    ) -> Answer:
        """Return one answer. Reads the whole transcript, at no cost.

        Raises: ProviderRefused ``no_offline_rule`` (this insight needs a language model), ``not_for_language`` (the rules for
            it do not know the meeting's language).
        """
        total = len(transcript.segments)
        return Answer(
            insight=insight,
            result=_result(SPECS[insight], transcript, context),
            coverage=Coverage(segments_read=total, segments_total=total),
            usage=Usage(),
            provenance=Provenance(provider=self.name, model=self.model, draft=True, note=_note(transcript)),
            prompt_version=RULES_VERSION,
        )

    def check(self) -> str:
        """For ``doctor``."""
        return "Insights are drafts made by rules on this machine (no key is set)."


def _note(transcript: Transcript) -> str:
    language = language_of(transcript)
    return NOTE if language in (None, "en") else NOTE_OF_OTHERS.format(language=language_name(str(language)))


def _result(spec: InsightSpec[Any, Any], transcript: Transcript, context: MeetingContext) -> InsightResult:
    if spec.offline is None:
        raise ProviderRefused(
            "no_offline_rule",
            f"The offline engine has no rule for {spec.form.label}.",
            "It needs a language model: set OPENAI_API_KEY, then reprocess.",
        )
    if isinstance(spec.offline, OfflineRules):
        return _by_rules(spec.offline, transcript, context)
    found: InsightResult = spec.offline(transcript, context)
    return found


def _by_rules(rules: OfflineRules, transcript: Transcript, context: MeetingContext) -> InsightResult:
    language = language_of(transcript)
    if language not in (None, "en"):
        return _without_english_rules(rules, transcript, context, str(language))
    sentences = sentences_of(transcript)
    doubtful = transcript.confidence is not None and transcript.confidence < policies.DRAFT_FACT_CONFIDENCE
    people = People(context.participants + tuple(transcript.speaker_names.values()))
    meeting = Meeting(transcript, context)
    match rules:
        case OfflineRules.SUMMARY:
            return summary(meeting, sentences)
        case OfflineRules.DECISIONS:
            taken = decisions(sentences)
            return Decisions(decisions=tuple(checked_decision(meeting, found) for found in taken))
        case OfflineRules.SPEAKERS:
            names = (checked_name(meeting, found) for found in speaker_names(transcript, sentences, people))
            return Speakers(names=one_name_each(names))
        case OfflineRules.ACTION_ITEMS:
            owners = speaker_names(transcript, sentences, people)
            items = action_items(sentences, owners, people, context.meeting_date, candidate=doubtful)
            return ActionItems(items=tuple(checked_item(meeting, found) for found in items))
        case _:
            assert_never(rules)


def _without_english_rules(
    rules: OfflineRules, transcript: Transcript, context: MeetingContext, language: str
) -> InsightResult:
    """What needs no rules for a language: key sentences, and the names that the source gives."""
    meeting = Meeting(transcript, context)
    match rules:
        case OfflineRules.SUMMARY:
            return summary(meeting, sentences_of(transcript), language)
        case OfflineRules.SPEAKERS:
            named = speaker_names(transcript, (), People())
            return Speakers(names=one_name_each(checked_name(meeting, found) for found in named))
        case OfflineRules.ACTION_ITEMS | OfflineRules.DECISIONS:
            label = SPECS[Insight(rules.value)].form.label
            raise ProviderRefused(
                "not_for_language",
                f"The offline rules for {label} work only for English, and this meeting is in {language_name(language)}.",
                "To use a language model, set OPENAI_API_KEY, then reprocess.",
            )
        case _:
            assert_never(rules)


ANALYST: Final = AnalystSpec(name=OfflineAnalyst.name, title="the offline engine", make=lambda _: OfflineAnalyst())
