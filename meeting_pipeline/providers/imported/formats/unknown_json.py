"""JSON of no known program: refused with that reason, instead of being read as text full of brackets.

Must not go here: any JSON that can be read.
"""

from typing import Final

from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.json_exports import unknown_json
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text import bad_transcript

_ABOVE_TEXT: Final = 0.45


def _score(source: Source) -> float:
    if not source.is_text:
        return 0.0
    return _ABOVE_TEXT if source.json_value is not None or source.name.lower().endswith(".json") else 0.0


def _read(source: Source) -> Export:
    if source.json_value is None:
        raise bad_transcript("The file is no valid JSON: it is damaged, was cut off, or has something behind its end.")
    raise unknown_json()


FORMAT: Final = ExportFormat("unknown-json", "JSON of an unknown program", _score, _read)
