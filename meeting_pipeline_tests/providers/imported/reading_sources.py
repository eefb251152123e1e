"""What the tests of formats share: reading text as an export, and counting its words without the code under test.

Must not go here: assertions about one format.
"""

import re
from collections import Counter
from collections.abc import Iterable

from meeting_pipeline.providers.imported.detection import scores
from meeting_pipeline.providers.imported.export_format import Source
from meeting_pipeline.providers.imported.lines import Export

_WORD = re.compile(r"\w+")


def export_of(content: str | bytes, name: str = "export.txt") -> Export:
    """The export as the best format reads it."""
    source = Source(name, content.encode() if isinstance(content, str) else content)
    return scores(source)[0][1].read(source)


def turns(export: Export) -> list[tuple[str | None, str]]:
    """Speakers and words; neighbours of one speaker are one turn."""
    joined: list[tuple[str | None, str]] = []
    for line in export.lines:
        if joined and joined[-1][0] == line.speaker:
            joined[-1] = (line.speaker, f"{joined[-1][1]} {line.text}")
        else:
            joined.append((line.speaker, line.text))
    return joined


def words(texts: Iterable[str]) -> Counter[str]:
    """How often each word occurs."""
    return Counter(word.casefold() for text in texts for word in _WORD.findall(text))


def lost_words(text: str, export: Export) -> Counter[str]:
    """Words of the file that are neither in the lines nor declared as left out or as structure."""
    declared = [
        *(line.text for line in export.lines), *(part.text for part in export.left_out), *export.structure,
        *(line.speaker or "" for line in export.lines),
    ]  # fmt: skip
    return words([text]) - words(declared)
