"""Metadata that the Dagster UI can show at a glance: previews short enough for its tables, numbers that may be unknown.

Must not go here: metadata of one asset (its own module).
"""

from collections.abc import Iterable, Mapping

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.domain.document import escape_markdown
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.store.tables import Base

_MORE = "*... and more*"


def preview(blocks: Iterable[str]) -> dg.MarkdownMetadataValue:
    """Markdown of the leading blocks that fit, with a note if some are left out. Blocks are Markdown already and never cut."""
    shown: list[str] = []
    room = policies.INLINE_MARKDOWN_CHARACTERS - len(_MORE)
    for block in blocks:
        room -= len(block) + 2
        if shown and room < 0:
            shown.append(_MORE)
            break
        shown.append(block)
    return dg.MetadataValue.md("\n\n".join(shown))


def excerpt(text: str, characters: int) -> str:
    """The beginning of a text, escaped so that Markdown shows it literally."""
    return escape_markdown(text if len(text) <= characters else text[:characters].rstrip() + " …")


def notice(text: str) -> str:
    """A block that stands out, so that readers do not miss it."""
    return f"> **{escape_markdown(text)}**"


def count(number: int | None) -> dg.IntMetadataValue:
    """A whole number that Dagster can plot. ``None`` means unknown, which is not zero."""
    return dg.IntMetadataValue(number)


def measure(number: float | None, digits: int) -> dg.FloatMetadataValue:
    """A number that Dagster can plot. ``None`` means unknown, which is not zero."""
    return dg.FloatMetadataValue(None if number is None else round(number, digits))


def advice_about(made: Provenance) -> str:
    """What a reader should do about a result."""
    return "Check it before you rely on it: it is a draft." if made.draft else made.note or "nothing"


def schema_of(table: type[Base], meanings: Mapping[str, str]) -> dg.TableSchema:
    """The columns of a table in the results database. ``meanings``: what each of them contains."""
    columns = table.__table__.columns
    return dg.TableSchema([dg.TableColumn(one.name, str(one.type).lower(), meanings[one.name]) for one in columns])
