"""``document_format``: documents of word processors and browsers, whose text has the layout of one of the text formats.

Must not go here: unpacking one kind of document (``docx_text.py``, ``odt_text.py``, ``rtf_text.py``, ``html_text.py``).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text import bad_transcript

_SURE: Final = 0.95


def document_format(
    name: str, title: str, fits: Callable[[Source], bool], text: Callable[[Source], str]
) -> ExportFormat:
    """A format whose text is read as a text export. ``text``: a row for each paragraph. Raises: as ``Source.text``."""

    def read(source: Source) -> Export:
        from meeting_pipeline.providers.imported.detection import scores  # it imports the formats

        content = text(source)
        if not content.strip():
            return Export(name, ())
        rows = Source(source.name, content.encode("utf-8", "replace"))
        chosen = next(each for _, each in scores(rows) if each.name not in _DOCUMENTS)
        if name in _PAGES and chosen.name == "unstructured-txt":
            raise bad_transcript(
                "The file is a page without a transcript that can be recognised: it has no names or times."
            )
        export = chosen.read(rows)
        kind = export.kind.removesuffix("-txt")
        return replace(
            export,
            kind=name if kind == "txt" else f"{kind}-{name}",
            said=content if export.said is None else export.said,
            left_out=(*export.left_out, *rows.page_rows),
        )

    return ExportFormat(name, title, score=lambda source: _SURE if fits(source) else 0.0, read=read)


_DOCUMENTS: Final = frozenset({"docx", "odt", "rtf", "html", "foreign-file"})
"""The text of a document is no document: one that shows markup to people is read as text."""
_PAGES: Final = frozenset({"html"})
"""Most pages are not transcripts: a server may send a sign-in page instead of the file."""
