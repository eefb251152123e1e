"""Speakers in running text: stored as ``{A}``, which no ordinary word looks like, and shown as a name.

Analysts write placeholders, so that a name that is found or changed later also appears in old summaries. Text without
placeholders, from earlier versions, is shown unchanged. Belongs here: writing, reading and resolving placeholders. Must not go
here: which name a label has (``record.py``).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from meeting_pipeline.domain.text import one_line

_MARK: Final = re.compile(r"\{([^{}]{1,200})\}")
_SAID_SPEAKER: Final = re.compile(r"(?<![\w{])Speaker (?P<label>[^\W_]{1,20})(?![\w}])")
_LIKE_A_LABEL: Final = re.compile(r"(?:[Ss]peaker[ _])?[^\W_]{1,20}")
_NO_MARKS: Final = str.maketrans("{}", "()")
_NO_NAMES: Final[Mapping[str, str]] = {}


def mark(label: str) -> str:
    """The mark of a speaker label."""
    return f"{{{label}}}"


def without_marks(text: str) -> str:
    """Transcript text that can be mixed with marks: literal braces become parentheses."""
    return text.translate(_NO_MARKS)


def marked(text: str, labels: Iterable[str], names: Mapping[str, str] = _NO_NAMES) -> str:
    """An analyst's text with proper marks: ``{ B }``, ``{Speaker B}`` and ``Speaker B`` become ``{B}`` if B is a label.

    ``names``: what the source of the transcript calls the labels. If it calls label A "Speaker B", that means A.
    Anything that is not a label of the transcript stays plain text, without braces if it looks like a label.
    """
    known = {one_line(label): label for label in labels}
    named = {one_line(name): label for label, name in names.items() if label in known.values()}

    def proper(found: re.Match[str]) -> str:
        word = one_line(found[1])
        bare = word.removeprefix("Speaker ").removeprefix("speaker ")
        label = known.get(word) or named.get(word) or known.get(bare)
        if label is None:
            return word if _LIKE_A_LABEL.fullmatch(word) else found[0]
        return mark(label)

    def said(found: re.Match[str]) -> str:
        label = named.get(found[0]) or known.get(found["label"])
        return found[0] if label is None else mark(label)

    return _SAID_SPEAKER.sub(said, _MARK.sub(proper, text))


def resolved(text: str, labels: Collection[str], name_of: Callable[[str], str]) -> str:
    """The text with every mark of one of these labels replaced by a name. Everything else stays unchanged."""
    return _MARK.sub(lambda found: name_of(found[1]) if found[1] in labels else found[0], text)
