"""HTML: pages that were saved, and exports of programs that offer HTML.

Must not go here: unpacking (``html_text.py``), layouts of text.
"""

from typing import Final

from meeting_pipeline.providers.imported.document_formats import document_format
from meeting_pipeline.providers.imported.html_text import html_text, is_html

FORMAT: Final = document_format(
    "html", "HTML", lambda source: source.is_text and is_html(source.text), lambda source: html_text(source.text)
)
