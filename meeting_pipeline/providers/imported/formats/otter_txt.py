"""Otter, text: ``Ana Lopez  0:03`` above the words, and a last row that names the program.

Must not go here: the same layout without that row (``teams_txt.py``).
"""

from typing import Final

from meeting_pipeline.providers.imported.export_format import Source
from meeting_pipeline.providers.imported.head_formats import headed_format
from meeting_pipeline.providers.imported.name_time_heads import name_time_head

_LAST_ROWS = 3
"""Rows at the end in which Otter names itself."""


def _names_otter(source: Source) -> bool:
    return any("otter.ai" in row.head.casefold() for row in source.rows[-_LAST_ROWS:])


FORMAT: Final = headed_format("otter-txt", "Otter, text", name_time_head, 0.9, suits=_names_otter)
