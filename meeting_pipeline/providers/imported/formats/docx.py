"""Word documents of Teams, Meet and others.

Must not go here: unpacking (``docx_text.py``), layouts of text.
"""

from typing import Final

from meeting_pipeline.providers.imported.document_formats import document_format
from meeting_pipeline.providers.imported.docx_text import docx_text, is_docx

FORMAT: Final = document_format(
    "docx", "Word document", lambda source: is_docx(source.data), lambda source: docx_text(source.data)
)
