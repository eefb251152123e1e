"""Find where a statement ends inside a sentence, and tidy the extracted words.

Must not go here: which sentences matter (the rules).
"""

import re
from typing import Final

from meeting_pipeline.domain.speaker_placeholders import without_marks

_NEW_CLAUSE: Final = re.compile(
    r"(?<!\bthat)(?<!\bwhat)(?<!\bas) (?:and |but |so |then |because )?"
    r"(?:(?:i|we|you|he|she|they) (?:will|am|are|is|can|could|should|have|had|need|think|know|agreed|decided|want)"
    r"|(?:i|we|you|he|she|they)'(?:ll|m|re|ve|d)|thank you|what about|how about|let us|let's|is there|are there)\b",
    re.IGNORECASE,
)
_LAST_WORD: Final = re.compile(
    r"\b(?:and|but|so|then|okay|ok|right|please|thanks|thank you|if possible|or so)$", re.IGNORECASE
)
_LONGEST_LAST_WORD: Final = len("if possible")
_MARKS: Final = " ,;.!?"
_FILLER: Final = re.compile(r"^(?:(?:also|then|just|please|certainly|gladly|happily|personally|still|now)\s++)++", re.I)
_HESITATION: Final = re.compile(r"(?<![\w'-])(?:uh|um|er|erm|hmm|mm)\b,?", re.I)
_REPEATED: Final = re.compile(r"\b(\w{1,20}) \1\b", re.I)
"""A word that a speaker begins again: "the the report"."""
_NEW_SUBJECT: Final = re.compile(
    r"[,;]? (?:and|but|so|then|while|because) (?:then |also )?"
    r"(?:[^\W\d_][\w'-]* (?:will|needs to|has to|is going to|can|could|should)\b|\w+'ll\b)|; ",
    re.IGNORECASE,
)


def clause_end(text: str, start: int, *, punctuated: bool) -> int:
    """Return the end of the clause at ``start``. Without punctuation, any new subject ends it."""
    patterns = (_NEW_SUBJECT,) if punctuated else (_NEW_SUBJECT, _NEW_CLAUSE)
    return min((found.start() for found in (p.search(text, start) for p in patterns) if found), default=len(text))


def tidy(words: str) -> str:
    """Remove leading fillers and trailing conjunctions from a task or decision, and capitalize it."""
    text = _HESITATION.sub(" ", without_marks(" ".join(words.split())))
    text = _REPEATED.sub(r"\1", " ".join(text.split()).replace(" ,", ","))
    text = _FILLER.sub("", text[: _end_without_tail(text)]).strip(" ,;:-")
    return text[:1].upper() + text[1:]


def _end_without_tail(text: str) -> int:
    """Return where the text ends without trailing punctuation and connecting words.

    Walks back from the end: one pattern for the whole tail would take quadratic time.
    """
    end = len(text)
    while True:
        bare = _before_marks(text, end)
        if bare and (text[bare - 1].isalnum() or text[bare - 1] == "_"):  # keep the marks after a bracket or quote
            end = bare
        found = _LAST_WORD.search(text, max(0, end - _LONGEST_LAST_WORD), end)
        if found is None:
            return end
        end = _before_marks(text, found.start())


def _before_marks(text: str, end: int) -> int:
    while end and text[end - 1] in _MARKS:
        end -= 1
    return end
