"""Answers a question: finds passages, asks a language model, and keeps the sentences that code has verified.

Only the cost of the call is stored, neither the question nor the answer, so a deleted recording is in no old answer. Neither
text is logged. Must not go here: finding (``store/search/retrieving.py``), verifying (``domain/questions/``), how an answer is
shown (``api/schemas/questions.py``, ``cli/ask.py``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from meeting_pipeline.domain.errors import PROVIDER_ERRORS, BadAnswer, PermanentError, PipelineError
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.questions.checking import CitedMeeting, Drafted, Proven, proven
from meeting_pipeline.domain.questions.passages import Passage
from meeting_pipeline.domain.questions.reading import QUESTION_CHARACTERS
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.insights.question_answers import VERSION, read_sentences, render_passages, render_question_text
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.llm_ports import QuestionModel, RawAnswer
from meeting_pipeline.providers.openai_errors import AnswerLost
from meeting_pipeline.steps.embedding.query import WordsOnly, meaning_of
from meeting_pipeline.store.ledger.questions import LimitReached
from meeting_pipeline.store.ledger.spending import held_by_limit
from meeting_pipeline.store.search.retrieving import Retrieved
from meeting_pipeline.store.search.values import Question

NOT_IN_MEETINGS = "not_in_meetings"
NO_MODEL = "no_language_model"
LIMIT = "questions_limit_reached"


@dataclass(frozen=True)
class Reason:
    """Why there is no answer, or no whole one: a stable code, and words for people."""

    code: str
    message: str
    advice: str = ""


@dataclass(frozen=True)
class Answered:
    """What a question got.

    Attributes:
        passages: the best passages, best first.
        sentences: what was verified; empty if there is no answer.
        reason: why there is none.
        dropped: sentences of the model of which nothing is shown, because the words that they cite do not support them.
        meetings: the meetings of the passages that were read again for the checks, by id.
        cost_usd: the price of the call, as far as it is known.
        unpriced: whether its price is unknown.
        model: the model that answered, if one did.
        pending: recordings that are not indexed yet.
        by_meaning: whether passages were chosen by their meaning too.
        why_not: why they were not although that is turned on.
    """

    passages: tuple[Passage, ...]
    pending: int
    sentences: tuple[Proven, ...] = ()
    reason: Reason | None = None
    dropped: int = 0
    meetings: Mapping[str, MeetingRecord] = field(default_factory=dict)
    cost_usd: float = 0.0
    unpriced: bool = False
    model: str | None = None
    by_meaning: bool = False
    why_not: str | None = None


def require_question(text: str) -> str:
    """The question, trimmed. Raises: PermanentError ``empty_question``, ``question_too_long``."""
    asked = " ".join(text.split())
    if not any(character.isalnum() for character in asked):
        raise PermanentError("empty_question", "There is no question.", "Ask in a sentence or with a few words.")
    if len(asked) > QUESTION_CHARACTERS:
        raise PermanentError(
            "question_too_long", f"The question has more than {QUESTION_CHARACTERS} characters.", "Shorten it."
        )
    return asked


def ask(
    installation: Installation,
    question: Question,
    on_passages: Callable[[Sequence[Passage], int], None] = lambda passages, pending: None,
) -> Answered:
    """Answer ``question.text``. ``on_passages`` gets the passages and the number of recordings not yet indexed, as soon as known.

    What prevents an answer is a ``Reason`` and no error. Raises: PermanentError ``empty_question``, ``question_too_long``.
    """
    question = replace(question, text=require_question(question.text))
    meaning = meaning_of(installation, question.text)
    if isinstance(meaning, WordsOnly):
        found = installation.store.retrieval.passages(question)
        return replace(_answered(installation, question, found, on_passages), why_not=meaning.reason)
    found = installation.store.retrieval.passages(question, meaning=meaning)
    return replace(_answered(installation, question, found, on_passages), by_meaning=meaning is not None)


def _answered(
    installation: Installation, question: Question, found: Retrieved,
    on_passages: Callable[[Sequence[Passage], int], None],
) -> Answered:  # fmt: skip
    passages = found.passages
    on_passages(passages, found.pending)
    if not passages:
        return Answered((), found.pending, reason=_not_there())
    without = Answered(passages, found.pending)
    model = installation.question_model
    if model is None:
        return _without(without, _no_model())
    shown, names = render_passages(passages)
    asked = render_question_text(question.text)
    refused, row = _may_ask(installation, model, model.expected_usd(shown, asked))
    if row is None:
        return _without(without, refused)
    try:
        raw = model.answer(shown, asked)
    except PipelineError as error:
        installation.store.questions.unanswered(row, error.code, perhaps_billed=isinstance(error, AnswerLost))
        if not isinstance(error, PROVIDER_ERRORS):
            raise
        without = _as_now(without, _cited(installation, passages))
        return _without(without, Reason(error.code, error.message, error.advice))
    drafted, problem = _read(raw, names)
    _note(installation, row, raw, problem)
    return _verified(installation, without, raw, drafted, problem)


def _may_ask(
    installation: Installation, model: QuestionModel, expected_usd: float | None
) -> tuple[Reason | None, str | None]:
    """The row of the ledger that allows one call, or the reason why none is allowed."""
    store = installation.store
    for hold in held_by_limit(store.context):
        if hold.provider == model.name and hold.service is Service.LLM_CALLS:
            return Reason(hold.code, hold.message, "Until then, a question gets the best passages."), None
    limit = installation.settings.questions_usd_per_day
    begun = store.questions.begin(model.model, VERSION, expected_usd=expected_usd, limit_usd=limit)
    if not isinstance(begun, LimitReached):
        return None, begun.id
    message = (
        f"The limit of {limit:.2f} USD per day for questions is reached: {begun.spent_usd:.4f} USD count for today."
    )
    again = f"{begun.until:%Y-%m-%d %H:%M} UTC"
    advice = f"Questions are answered again after {again}, or raise MEETING_PIPELINE_QUESTIONS_USD_PER_DAY."
    return Reason(LIMIT, message, advice), None


def _read(raw: RawAnswer, names: dict[str, str]) -> tuple[list[Drafted], PipelineError | None]:
    if raw.problem is not None:
        return [], raw.problem
    try:
        return read_sentences(raw.text, names), None
    except BadAnswer as error:
        return [], error


def _note(installation: Installation, row: str, raw: RawAnswer, problem: PipelineError | None) -> None:
    if raw.billed:
        installation.store.questions.answered(row, raw.model, raw.usage, problem.code if problem else None)
    else:
        code = problem.code if problem else "provider_unavailable"
        installation.store.questions.unanswered(row, code, perhaps_billed=False)


def _verified(
    installation: Installation, without: Answered, raw: RawAnswer, drafted: Sequence[Drafted],
    problem: PipelineError | None,
) -> Answered:  # fmt: skip
    meetings = _cited(installation, without.passages)
    without = _as_now(without, meetings)
    judged = [proven(one, meetings) for one in drafted]
    sentences = tuple(dict.fromkeys(one for one in judged if one is not None))
    reason = None
    if problem is not None:
        reason = Reason(problem.code, problem.message, "Ask again, or read the passages.")
    elif not sentences:
        reason = _not_there()
    return Answered(
        without.passages, without.pending, sentences, reason, judged.count(None),
        {key: one.record for key, one in meetings.items()}, raw.usage.cost_usd, bool(raw.usage.unpriced_calls), raw.model,
    )  # fmt: skip


def _cited(installation: Installation, passages: Sequence[Passage]) -> dict[str, CitedMeeting]:
    """The meetings of the passages as they are now: what was deleted meanwhile cannot be cited."""
    shown: dict[str, set[int]] = {}
    for passage in passages:
        shown.setdefault(passage.key, set()).update(line.segment_id for line in passage.lines)
    return {
        record.key: CitedMeeting(record, participants, shown[record.key])
        for record, participants in installation.store.retrieval.records(sorted(shown))
    }


def _as_now(found: Answered, meetings: Mapping[str, CitedMeeting]) -> Answered:
    """Without passages of meetings that were deleted while the model was asked."""
    return replace(found, passages=tuple(passage for passage in found.passages if passage.key in meetings))


def _without(found: Answered, reason: Reason | None) -> Answered:
    return Answered(found.passages, found.pending, reason=reason)


def _not_there() -> Reason:
    return Reason(
        NOT_IN_MEETINGS, "Not in your meetings: no sentence of an answer is supported by what was said.",
        "Use words that were said, or read the passages that come closest.",
    )  # fmt: skip


def _no_model() -> Reason:
    return Reason(
        NO_MODEL, "No language model is set up, so there are only the best passages and no answer.",
        "Set OPENAI_API_KEY to get answers (docs/reference/settings.md).",
    )  # fmt: skip
