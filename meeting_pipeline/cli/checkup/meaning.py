"""The check of search by meaning: whether it is on, whether its server answers, what it costs, and what still waits.

Must not go here: the server's own check (``providers/openai_embeddings.py``).
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.exc import DBAPIError

from meeting_pipeline.cli.checkup.findings import Finding, fail, failed, ok, warn
from meeting_pipeline.domain.errors import PipelineError, TransientError
from meeting_pipeline.providers.embedding_setup import embedding_price, vectors_of, why_off
from meeting_pipeline.providers.selection import embedder
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline.store.search.vector_sets import Progress, progress_in

_NAME: Final = "search by meaning"


def search_by_meaning(settings: Settings) -> Iterator[Finding]:
    """One call for a single word, and how many meetings have vectors."""
    if settings.embeddings_model is None:
        return
    model = embedder(settings)
    if model is None:
        yield warn(_NAME, why_off(settings), f"Set {VARIABLES['embeddings_api_key']}, or unset the model.")
        return
    try:
        yield ok(_NAME, model.check())
    except TransientError as error:
        advice = f"Check the network and {VARIABLES['embeddings_base_url']}. Meanwhile, searches use words alone."
        yield fail(_NAME, f"{error.message} [{error.code}]", advice)
    except PipelineError as error:
        yield failed(_NAME, error)
    finally:
        model.close()
    yield from _price(settings)
    progress = _progress(settings)
    if progress is not None:
        yield ok(_NAME, f"{progress.made} meetings have their vectors, {progress.waiting} are waiting for theirs.")


def _price(settings: Settings) -> Iterator[Finding]:
    if embedding_price(settings).usd is not None:
        return
    limit = settings.max_usd_per_day
    effect = "Its costs are counted as unknown." if limit is None else "With a daily limit, no vectors are made."
    variable = VARIABLES["embeddings_usd_per_million"]
    yield warn(_NAME, f"The price of the model {settings.embeddings_model} is unknown.", f"{effect} Set {variable}.")


def _progress(settings: Settings) -> Progress | None:
    if settings.database_url is None and not settings.database_file.exists():
        return None
    try:
        database = Database(settings.store_url)
    except PipelineError:
        return None  # the check of the database says why
    try:
        if database.schema_version() != SCHEMA_HEAD:
            return None
        with database.read() as session:
            return progress_in(session, vectors_of(settings))
    except (DBAPIError, OSError, PipelineError):
        return None
    finally:
        database.close()
