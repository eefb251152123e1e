"""Rich Text Format, by TextEdit, WordPad and court reporters' programs.

Must not go here: unpacking (``rtf_text.py``), layouts of text.
"""

from typing import Final

from meeting_pipeline.providers.imported.document_formats import document_format
from meeting_pipeline.providers.imported.rtf_text import is_rtf, rtf_text

FORMAT: Final = document_format(
    "rtf", "Rich Text Format", lambda source: is_rtf(source.data), lambda source: rtf_text(source.data)
)
