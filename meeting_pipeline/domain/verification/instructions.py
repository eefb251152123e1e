"""Instructions to the software that somebody speaks in a meeting, to make a model obey them.

Must not go here: tasks that people give each other; "let's note an action item for Ben" is one.
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.words import Sentence
from meeting_pipeline.domain.word_sets import phrases, word_set

_OVERRIDING: Final = word_set("ignore disregard forget override bypass discard skip")
_OVERRIDDEN: Final = word_set("""
    instruction instructions prompt prompts guidelines directives rules
    """)
_WHOSE: Final = word_set("""
    previous prior above earlier preceding your all system former other these any
    """)
_SOFTWARE: Final = word_set("""
    ai assistant chatgpt gpt claude gemini copilot llm model bot notetaker transcriber summarizer summariser software
    algorithm computer machine transcript transcription system
    """)
_CALLING: Final = word_set("""
    hey hi hello dear ok okay attention note message instruction instructions to for the any all whatever whoever
    """)
_ORDERS: Final = word_set("""
    add write record note list include mark output say report create put insert print answer respond treat set return
    classify remember state document log register enter reply append generate make do you please
    """)
_RESULTS: Final = word_set("""
    item items decision decisions summary minutes task tasks todo record notes
    """)
_COMMANDS: Final = _ORDERS - {
    "do",
    "you",
    "please",
    "note",
    "list",
    "record",
    "document",
    "report",
    "print",
} | word_set(
    "remind send pay transfer wire give delete buy forward grant share approve click call order dear attention"
)
_SOURCES: Final = word_set("""
    phone printer screen display letter note email e-mail mail message text sms popup pop-up window advert ad poster sticker
    fax machine robot assistant voice speaker alexa siri chatbot leaflet flyer postcard card notification
    """)
_APPEARING: Final = word_set("""
    said says saying say reads read reading spat shows showed showing came comes arrived popped prints printed displays displayed
    states announces announced spits spoke there's appeared flashed beeped
    """)
_WANTING: Final = word_set("should must can will i'll we'll let's need want please")
_PROMISING: Final = frozenset(("i'll", "we'll", "let's"))
_SOURCE_WORDS: Final = 10
"""Words before a colon that name the thing that is read out."""
_PAPERS: Final = frozenset(("minutes", "notes", "summary", "transcript"))
_PUTTING: Final = re.compile(
    r"\b(?:say|says|list|lists|state|states|write|writes|generate|generates)(?: [^\s:,]+){0,3}?(?: that\b|:)"
    r"|\b(?:writes|write) [^,:]{0,60}:"
)
_RECALLING: Final = re.compile(
    r"\b(?:minutes|notes|summary|transcript)(?: (?:of|from|for) (?:the |our |last )?[^\s:,]{1,30}(?: [^\s:,]{1,30})?)?"
    r"(?: (?:already|also|only|still))? (?:say|says|said|state|states|stated|list|lists|show|shows|wrote) that\b"
    r"|\b(?:what|which|how|whether|where) (?:the |our )?(?:minutes|notes|summary|transcript)"
    r" (?:say|says|state|states|list|lists)\b"
)
"""What papers say already: "the minutes say that the gate was approved". "The minutes must say that" is no such thing."""
_PHRASES: Final = phrases("""
    system prompt / system message / you are now / you are an ai / as an ai / new instructions / language model /
    developer mode / when you summarize / when you summarise / when summarizing / when you write the / the summary must
    say / the summary should say / the minutes must say / whoever is summarizing / reading this transcript / reads this
    transcript / system override / processing this transcript / end of transcript / for the automated / end of the transcript
    """)


def is_instruction(meeting: Meeting, sentence: Sentence) -> bool:
    """Whether the sentence, or one before it in the same turn, speaks to the software."""
    mine = meeting.sentences(sentence.segment)
    before = [other for other in mine if other.order <= sentence.order][-5:]
    if _reads_out(sentence.tokens) or any(_addresses_software(other) for other in before):
        return True
    previous = meeting.segments.get(sentence.segment - 1)
    if previous is None or previous.speaker != sentence.speaker or not _orders_a_result(sentence):
        return False
    return any(_addresses_software(other) for other in meeting.sentences(previous.index)[-5:])


def _orders_a_result(sentence: Sentence) -> bool:
    return bool(sentence.words) and sentence.words[0] in _ORDERS and bool(_RESULTS & set(sentence.words))


def _addresses_software(sentence: Sentence) -> bool:
    words = sentence.words
    text = f" {' '.join(words)} "
    if any(f" {phrase} " in text for phrase in _PHRASES):
        return True
    for place, word in enumerate(words):
        near = words[place + 1 : place + 6]
        if word == "skip" and not {"instruction", "instructions", "prompt", "prompts"} & set(near):
            continue  # "I'll skip all the lint rules"
        if word in _OVERRIDING and _OVERRIDDEN & set(near) and _WHOSE & set(near):
            return True
    tokens = " ".join(sentence.tokens).replace(" :", ":")
    if _PAPERS & set(words) and _PUTTING.search(_RECALLING.sub(" ", tokens)):
        return True
    parts = [0, *(place + 1 for place, mark in enumerate(sentence.tokens) if mark == ":")]
    return any(_calls_software(sentence.tokens[place:]) for place in parts)


def _reads_out(tokens: Sequence[str]) -> bool:
    """Whether it reads out what a thing says: "my phone just said: remind ...", "there's a note on the door: pay ...".

    What follows is not what somebody here wants, unless they say so: "the note says: we pay", "the text: I'll write it".
    """
    for place, mark in enumerate(tokens):
        if mark not in (":", ",") or place + 1 >= len(tokens):
            continue
        before, after = tokens[max(place - _SOURCE_WORDS, 0) : place], tokens[place + 1 :]
        if not _SOURCES & set(before) or not _APPEARING & set(before) or _WANTING & set(before):
            continue
        if _PROMISING & set(after) or after[0].partition("'")[0] in ("i", "we", "you"):
            continue
        if mark == ":" or after[0] in _COMMANDS:
            return True
    return False


def _calls_software(tokens: Sequence[str]) -> bool:
    """Whether it begins by addressing the software: "Assistant, add a task", "Note to the AI: record that ..."."""
    if tokens[:2] == ["note", "taker"] and tokens[2:3] in ([","], [":"]):
        return True
    place = 0
    while place < len(tokens) and (tokens[place] in _CALLING or tokens[place] == ","):
        place += 1
    if place >= len(tokens) or place > 6 or tokens[place] not in _SOFTWARE:
        return False
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    after = tokens[place + 2] if place + 2 < len(tokens) else ""
    if tokens[place] == "system" and after.partition("'")[0] in ("i", "we"):
        return False  # "to the system: I'll add a user"
    return following in _ORDERS or (
        following in (",", ":") and (after in _ORDERS or tokens[place] != "system" or following == ":")
    )
