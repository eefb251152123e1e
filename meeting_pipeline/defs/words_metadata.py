"""How many words of a transcript export are in its transcript: metadata of the asset and of its check.

Must not go here: counting them (``providers/imported/conservation.py``), the verdict (``checks.py``).
"""

import dagster as dg

from meeting_pipeline.defs.preview import count, measure
from meeting_pipeline.domain.provenance import WordCount

_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("reason", "string", description="why the words are not in the transcript"),
        dg.TableColumn("words", "int"),
    ]
)


def words_metadata(words: WordCount | None) -> dict[str, dg.MetadataValue]:
    """Words of the file, words kept, and what was left out with the reasons; nothing for a transcript that was not imported."""
    if words is None:
        return {}
    rows = [dg.TableRecord({"reason": reason, "words": number}) for reason, number in sorted(words.left_out.items())]
    return {
        "words_in": count(words.words_in),
        "words_kept": count(words.words_kept),
        "words_kept_share": measure(words.share, 4),
        "left_out": dg.MetadataValue.table(records=rows, schema=_SCHEMA),
    }
