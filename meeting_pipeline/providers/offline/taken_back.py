"""Find items that were taken back or refused later in the meeting, so that they are not reported.

Must not go here: finding tasks and decisions.
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.offline.key_sentences import content_words
from meeting_pipeline.providers.offline.sentences import Sentence

_TAKEN_BACK: Final = re.compile(
    r"\b(?:won't|will not|not going to|don't need to|no need to|no longer|take back|took back|taken back|changed (?:my|our) mind"
    r"|instead of|scrap|cancel|drop|forget about|scratch)\b",
    re.IGNORECASE,
)
_SHARE: Final = 0.5
"""Share of the content words of a task that a sentence repeats if it speaks of the same thing."""
_LONGEST: Final = 300
"""Characters of a sentence that is compared: a longer one speaks of many things."""


class LaterWords:
    """The sentences that take something back."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self._found = [
            (number, frozenset(content_words(sentence.text)))
            for number, sentence in enumerate(sentences)
            if len(sentence.text) <= _LONGEST and _TAKEN_BACK.search(sentence.text)
        ]

    def take_back(self, words: str, after: int) -> bool:
        """Whether a sentence after that number takes these words back."""
        said = frozenset(content_words(words))
        return bool(said) and any(
            number > after and len(said & later) >= max(1, _SHARE * len(said)) for number, later in self._found
        )
