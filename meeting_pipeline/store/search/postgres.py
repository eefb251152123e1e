"""PostgreSQL's part of the search: configurations by language, queries in its syntax, inflected forms, similar names.

Must not go here: which lines match (``matching.py``).
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from meeting_pipeline.domain.search_queries import Term

SIMPLE: Final = "simple"
"""Words as they are: for languages without a stemmer."""
_STEMMERS: Final = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "id": "indonesian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "nb": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_SIMILAR: Final = 0.5
"""Word similarity (0 to 1) from which a name counts as misspelled, not as another: 'jon' and 'john' have 0.5."""


def configuration_of(language: str | None) -> str:
    """The configuration for a language (ISO 639-1 code). Made by migration 0023; SQLite only compares the names."""
    stemmer = _STEMMERS.get((language or "").partition("_")[0])
    return f"search_{stemmer}" if stemmer else SIMPLE


def query(session: Session, terms: Iterable[Term], marks: str, either: Iterable[Term] = ()) -> str:
    """The query as text, for every configuration in use. ``marks``: a tsquery that must match too; ``either``: one of these.

    Terms of unspaced scripts are among the marks.
    """
    one = " | ".join(f"({_words(term)})" for term in either if not term.unspaced)
    said = " & ".join([*(f"({_words(term)})" for term in terms if not term.unspaced), *([f"({one})"] if one else [])])
    if not said:
        return marks
    used = session.scalars(text("SELECT DISTINCT language FROM search_meetings")).all()
    each = (
        " || ".join(f"to_tsquery(CAST(:c{at} AS regconfig), :said)" for at in range(len(used)))
        or "to_tsquery('simple', :said)"
    )
    values = {f"c{at}": name for at, name in enumerate(used)}
    both = f"({each}) && CAST(:marks AS tsquery)" if marks else each
    return str(
        session.scalar(
            text(f"SELECT CAST({both} AS text)"), values | {"said": said} | ({"marks": marks} if marks else {})
        )
    )


def _words(term: Term) -> str:
    each = [term.words, *([(term.joined,)] if term.joined else [])]
    end = ":*" if term.prefix else ""
    return " | ".join(" <-> ".join(f"'{word}'" for word in words) + end for words in each)


def stems(session: Session, language: str, words: Collection[str]) -> Mapping[str, str]:
    """Word -> its stem in this configuration."""
    if language == SIMPLE or not words:
        return {}
    statement = text("SELECT word, (ts_lexize(CAST(:language AS regdictionary), word))[1] FROM unnest(:words) AS word")
    rows = session.execute(statement, {"language": language, "words": list(words)}).all()
    return {word: stem for word, stem in rows if stem is not None}


def has_trigrams(session: Session) -> bool:
    """Whether the extension that finds misspelled names is installed in this database."""
    return session.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")) is not None


def similar_names(session: Session, folded: str, most: int) -> list[str]:
    """Known names that are like this one, the most similar first; needs the extension."""
    statement = text(
        "SELECT folded FROM (SELECT folded, max(word_similarity(:name, folded)) AS alike FROM search_names GROUP BY folded) "
        "AS names WHERE alike >= :least ORDER BY alike DESC, folded LIMIT :most"
    )
    values = {"name": folded, "least": _SIMILAR, "most": most}
    return list(session.scalars(statement, values))
