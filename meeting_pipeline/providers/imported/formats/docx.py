"""Word documents of Teams, Meet and others: their text has the layout of one of the text formats.

Must not go here: unpacking (``docx_text.py``), layouts of text.
"""

from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.docx_text import docx_text, is_docx
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export

_SURE: Final = 0.95


def _read(source: Source) -> Export:
    from meeting_pipeline.providers.imported.detection import scores  # it imports the formats

    text = docx_text(source.data)
    if not text.strip():
        return Export("docx", ())
    rows = Source(source.name, text.encode("utf-8", "replace"))
    export = scores(rows)[0][1].read(rows)
    kind = export.kind.removesuffix("-txt")
    return replace(
        export, kind="docx" if kind == "txt" else f"{kind}-docx", said=text if export.said is None else export.said
    )


FORMAT: Final = ExportFormat(
    "docx", "Word document", score=lambda source: _SURE if is_docx(source.data) else 0.0, read=_read
)
