"""Which words negate: "won't", "no", but not "not only" and "no later than".

Must not go here: what a negation reaches (``polarity.py``).
"""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.verification.wordlists import BARE_NEGATIONS, HARMLESS_AFTER_NOT, NEGATIONS, PRONOUNS
from meeting_pipeline.domain.word_sets import word_set


def negates(words: Sequence[str], place: int) -> bool:
    """Whether the word at this place negates what follows it."""
    word = words[place]
    if word not in NEGATIONS and word not in BARE_NEGATIONS and not word.endswith("n't"):
        return False
    following = words[place + 1] if place + 1 < len(words) else ""
    before = words[place - 1] if place else ""
    if tuple(words[place + 1 : place + 3]) in _EASY:
        return False  # "shouldn't take long"
    if word in ("not", "no", "can't", "cannot", "never") or word.endswith(("n't", "nt")):
        if (following in HARMLESS_AFTER_NOT and not (following == "just" and word != "not")) or (
            following in _COMPARING and "than" in words[place + 2 : place + 4]
        ):
            return False
        if word.endswith(("n't", "nt")) and following in PRONOUNS:  # "can't you", "why don't we"
            return False
    if word == "not" and (before in ("why", "if", "or", "whether") or (place == 0 and following == "at")):
        return False
    return not (word == "nothing" and following == "but")


_COMPARING: Final = word_set("more longer later earlier sooner higher lower fewer less shorter bigger smaller larger")
"""With "than" they limit what is said and do not deny it: "not longer than three weeks"."""
IN_PLACE: Final = frozenset((("instead", "of"), ("rather", "than")))
"""What follows them is not done: "use the script instead of restarting by hand"."""
_EASY: Final = frozenset(
    (
        ("take", "long"),
        ("take", "much"),
        ("be", "long"),
        ("be", "hard"),
        ("be", "difficult"),
        ("cost", "much"),
        ("hurt", "to"),
    )
)
