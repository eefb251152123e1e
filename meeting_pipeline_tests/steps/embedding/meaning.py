"""An installation with search by meaning, over the loopback embeddings endpoint.

Belongs here: what the tests of this package share. Must not go here: assertions.
"""

from typing import Any

from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.embedding.transcripts import EmbeddingRound, embed_due
from meeting_pipeline.store.tables import SearchVector, SearchVectorSet
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.store.samples import Journey

MODEL = "text-embedding-3-small"
TALKS = {
    1: ("The automobile was acquired last week.", "It is swift."),
    2: ("Our client wants his cash back.", "The export is defective."),
    3: ("Ada takes her vacation in June.", "Then Ben takes his leave."),
}


def meaning(providers: Providers, **more: str) -> dict[str, str]:
    """The variables that turn it on."""
    return {
        "OPENAI_API_KEY": providers.openai_key,
        "OPENAI_BASE_URL": providers.openai_url,
        "MEETING_PIPELINE_EMBEDDINGS_MODEL": MODEL,
        **more,
    }


def meeting(installation: Installation, number: int, *talk: str, **accepted: Any) -> str:
    """A completed meeting with these lines."""
    journey = Journey(installation.store, number=number).accept(**accepted).begin()
    journey.collect(*(talk or TALKS[number])).complete()
    return journey.key


def embed(installation: Installation, run_id: str = "embedding") -> EmbeddingRound:
    """One round of a run of its own."""
    installation.store.leases.begin_batch(run_id)
    try:
        return embed_due(installation, run_id)
    finally:
        installation.store.leases.end(run_id)


def rows(installation: Installation, key: str) -> list[SearchVector]:
    """The vectors of a recording."""
    with installation.store.database.read() as session:
        found = session.query(SearchVector).where(SearchVector.recording_key == key)
        return list(found.order_by(SearchVector.position))


def noted(installation: Installation, key: str) -> SearchVectorSet:
    """What is noted about the vectors of a recording."""
    with installation.store.database.read() as session:
        return session.get_one(SearchVectorSet, key)


def sent(providers: Providers) -> list[list[str]]:
    """The texts of each call."""
    return [call["texts"] for call in providers.ledger()["embedding_calls"]]
