"""Characters that a program wrote as entities of HTML in a file that is no HTML: ``R&amp;D``, ``that&#39;s``.

Nobody says "ampersand a m p". Must not go here: the text of cues, where entities belong to the format (``cues/payload.py``).
"""

import html
import re
from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.lines import Export, LeftOut

_ENTITY: Final = re.compile(
    r"&(?:#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,5}|amp|lt|gt|quot|apos|nbsp|hellip|[mn]dash|[lr][sd]quo);"
)


def without_entities(text: str) -> str:
    """The text with the characters that its entities stand for."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def export_without_entities(export: Export) -> Export:
    """The export with names and words as people read them."""
    if not any("&" in line.text or "&" in (line.speaker or "") for line in export.lines):
        return export
    return replace(
        export,
        lines=tuple(
            replace(
                line, speaker=without_entities(line.speaker) if line.speaker else None, text=without_entities(line.text)
            )
            for line in export.lines
        ),
        left_out=tuple(LeftOut(one.reason, without_entities(one.text), one.counted) for one in export.left_out),
    )
