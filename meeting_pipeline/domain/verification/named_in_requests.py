"""Who is named as the person to do something: "Ben will send it", "so Paul chairs the evening", "please, Lucy".

Must not go here: whether that person is the owner of a claim (``owners.py``).
"""

from typing import Final

from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.reply_phrases import MAYBE_YES, YES
from meeting_pipeline.domain.verification.wordlists import DATE_WORDS, MONTHS, NUMBER_WORDS, STOP_WORDS
from meeting_pipeline.domain.verification.words import Sentence, tokens_of
from meeting_pipeline.domain.word_sets import word_set

AS_SUBJECT: Final = word_set("""
    will would can could should shall must to is needs has has please you and agreed , : 'll does do takes takes sends
    gets was
    """)
_TIMES: Final = DATE_WORDS | MONTHS | NUMBER_WORDS | MAYBE_YES | YES
"""They begin an answer with a capital and name nobody: "Monday, as soon as it's back"."""


def named_in(meeting: Meeting, sentence: Sentence) -> list[str]:
    """People who are named as the one to do it: labels where the name is a speaker's, otherwise the word."""
    tokens = sentence.tokens
    known = {word: label for label, words in meeting.name_words.items() for word in words}
    others = {word for name in meeting.participants for word in tokens_of(name)} | _capitalised(sentence)
    found: list[str] = []
    for place, token in enumerate(tokens):
        if token not in known and token not in others:
            continue
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        called = place == 0 or tokens[place - 1] in (",", "and", "or", "then", "so", "okay", "for", "by")
        addressed = place + 1 == len(tokens) and place > 0 and (tokens[place - 1] == "," or sentence.question)
        if (
            ((after in AS_SUBJECT or is_third_person(after)) and called)
            or after in ("will", "can", "should", "please", "needs", "must")
            or addressed
        ):
            found.append(known.get(token, token))
    return found


def _capitalised(sentence: Sentence) -> set[str]:
    raw = tokens_of(sentence.text, fold=False)
    return {
        word.casefold()
        for place, word in enumerate(raw)
        if word[0].isupper()
        and word.isalpha()
        and word != "I"
        and word.casefold() not in _TIMES
        and (place > 0 or word.casefold() not in STOP_WORDS)
        and (place > 0 or raw[1:2] in ([","], ["will"], ["can"], ["please"]))
    }


def is_third_person(verb: str) -> bool:
    """Whether a verb has the form of he and she: "so Paul chairs the evening"."""
    return (
        (len(verb) > 3 or verb == "does") and verb.isalpha() and verb.endswith("s") and not verb.endswith(("ss", "us"))
    )
