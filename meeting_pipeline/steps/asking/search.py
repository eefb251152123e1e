"""Searches all meetings by words and, where that is turned on, by meaning.

Must not go here: what matches, and in which order (``store/search/``), the vector of a search (``steps/embedding/query.py``).
"""

from dataclasses import replace

from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.embedding.query import WordsOnly, meaning_of, takes_part
from meeting_pipeline.store.search.values import Found, Place, Question


def search(
    installation: Installation, question: Question, *, limit: int, lines: int, after: Place | None = None
) -> Found:
    """At most ``limit`` meetings after a place. Meaning takes part in the first page; ``Found`` says whether, and why not.

    Raises: PermanentError ``empty_query``.
    """
    meaning = meaning_of(installation, question.text) if after is None and takes_part(question) else None
    if isinstance(meaning, WordsOnly):
        found = installation.store.search.find(question, limit=limit, lines=lines, after=after)
        return replace(found, why_not=meaning.reason)
    return installation.store.search.find(question, limit=limit, lines=lines, after=after, meaning=meaning)
