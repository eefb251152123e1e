"""OpenDocument text, by LibreOffice and others.

Must not go here: unpacking (``odt_text.py``), layouts of text.
"""

from typing import Final

from meeting_pipeline.providers.imported.document_formats import document_format
from meeting_pipeline.providers.imported.odt_text import is_odt, odt_text

FORMAT: Final = document_format(
    "odt", "OpenDocument text", lambda source: is_odt(source.data), lambda source: odt_text(source.data)
)
