"""Refuses a summary without a transcript, written by a program or a person: nobody said these sentences.

Must not go here: a summary above a transcript (``transcript_heading.py``).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.word_sets import phrases
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.name_shapes import Likeness, clean_name, likeness
from meeting_pipeline.providers.imported.prefixes import judged_prefixes, split_prefix
from meeting_pipeline.providers.imported.text import bad_transcript
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.transcript_heading import is_transcript_heading

_ABOVE_NAMES: Final = 0.45
"""Any layout with times is surer."""
_HEADINGS: Final = frozenset(
    phrases(
        "quick recap/meeting notes/follow-up tasks/recap/next steps/suggested next steps"
        "/action items/key takeaways/takeaways/key points/summary"
        "/meeting summary/executive summary/meeting purpose/key decisions/decisions/highlights/outline/follow-ups/follow ups/gist"
        "/overview/zusammenfassung/nächste schritte/aufgaben/résumé/prochaines étapes/résumé de la réunion/resumen/próximos pasos"
        "/resumo/próximos passos/riepilogo/prossimi passi"
    )
)
_FEWEST: Final = 2
_BULLETS: Final = ("- ", "* ", "\N{BULLET} ", "[ ] ", "[x] ")
_LISTED: Final = 0.3
"""Where more than this share of the rows are items of lists, one heading is enough."""
_TALK: Final = 0.5
"""A file in which more than this share of the rows begins with a name is talk."""
_FEWEST_NAMES: Final = 2


def _score(source: Source) -> float:
    if not source.is_plain_text:
        return 0.0
    rows = source.rows
    if any(row.is_short and is_transcript_heading(row.text) for row in rows):
        return 0.0
    found = {row.text.strip("#*: ").casefold() for row in rows if row.is_short}
    bullets = sum(row.text.startswith(_BULLETS) for row in rows)
    if len(found & _HEADINGS) < (1 if bullets > _LISTED * len(rows) else _FEWEST):
        return 0.0
    named = judged_prefixes([row.text for row in rows], [row.after_blank for row in rows])
    return 0.0 if len(named) > _TALK * len(rows) or _has_turns(rows) else _ABOVE_NAMES


def _has_turns(rows: Sequence[Row]) -> bool:
    """Whether two names come back, before words or in their own rows: two people take turns."""
    counts: Counter[str] = Counter()
    for row in rows:
        prefix = split_prefix(row.text)
        name = prefix.name if prefix else clean_name(row.text) if row.is_short else ""
        if name.casefold() not in _HEADINGS and likeness(name) is Likeness.STRONG:
            counts[name] += 1
    return sum(count > 1 for count in counts.values()) >= _FEWEST_NAMES


def _read(_source: Source) -> Export:
    raise bad_transcript("The file is a summary of a meeting, not its transcript.")


FORMAT: Final = ExportFormat("summary-txt", "Summary of a meeting", _score, _read)
