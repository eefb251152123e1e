"""The vector of a search or question: one call with a short time limit, or the reason why only words are used.

Never an error: a search works without it. Neither the words nor the vector are stored or logged. Must not go here: finding by it
(``store/search/``), vectors of what was said (``transcripts.py``).
"""

from dataclasses import dataclass

from meeting_pipeline.domain.errors import PipelineError, StoreUnavailable
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.embedder import Embedder
from meeting_pipeline.providers.openai_errors import AnswerLost
from meeting_pipeline.steps.embedding import policies
from meeting_pipeline.store.ledger.questions import LimitReached
from meeting_pipeline.store.search.values import Meaning, Question


@dataclass(frozen=True)
class WordsOnly:
    """Why meaning takes no part, for people."""

    reason: str


def meaning_of(installation: Installation, text: str) -> Meaning | WordsOnly | None:
    """The vector of a text. ``None``: search by meaning is off."""
    embedder = installation.embedder
    sendable = text.encode(errors="replace").decode()  # a terminal's bytes that are no UTF-8 come as lone surrogates
    asked = " ".join(sendable.split())[: policies.QUERY_CHARACTERS]
    if embedder is None or not asked:
        return None
    memory = installation.query_vectors
    known = memory.get(asked)
    if known is not None:
        return Meaning(known, embedder.vectors)
    failure = memory.failure
    if failure is not None:
        return WordsOnly(failure)
    try:
        return _bought(installation, embedder, asked)
    except StoreUnavailable as error:  # a full disk, say: the call cannot be noted, but the words can be looked up
        return _failed(installation, f"The cost of a vector cannot be recorded [{error.code}].")


def takes_part(question: Question) -> bool:
    """Whether meaning can help: not while somebody types, with an exact phrase, or for results without a vector."""
    of_people = question.speaker or question.person or question.status
    said = question.kind in (None, LineKind.TRANSCRIPT)
    return bool(question.text.strip()) and not question.typing and not of_people and said and '"' not in question.text


def _bought(installation: Installation, embedder: Embedder, text: str) -> Meaning | WordsOnly:
    calls, memory = installation.store.embedding_calls, installation.query_vectors
    limit = installation.settings.embeddings_usd_per_day
    begun = calls.begin_query(embedder.model, expected_usd=embedder.expected_usd([text]), limit_usd=limit)
    if isinstance(begun, LimitReached):
        return WordsOnly(f"The limit of {limit:.2f} USD per day for embeddings is reached.")
    try:
        found = embedder.embed([text], seconds=policies.QUERY_SECONDS)
    except PipelineError as error:
        calls.unanswered(begun.id, error.code, perhaps_billed=isinstance(error, AnswerLost))
        return _failed(installation, _gave_none(error))
    if found.problem is None:
        memory.put(text, found.vectors[0])  # before noting, which can fail: it is not bought twice
    calls.answered_query(begun.id, found.usage, found.problem.code if found.problem else None)
    if found.problem is not None:
        return _failed(installation, _gave_none(found.problem))
    return Meaning(found.vectors[0], embedder.vectors)


def _gave_none(error: PipelineError) -> str:
    return f"The embeddings server gave no vector [{error.code}]."


def _failed(installation: Installation, reason: str) -> WordsOnly:
    installation.query_vectors.fail(reason, policies.QUERY_REST_SECONDS)
    return WordsOnly(reason)
