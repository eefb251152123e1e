"""Statements that only report others: "Tom said he will ...", "they told me they'd decided", "the council has decided".

Must not go here: what those present promise (``commitment.py``).
"""

from collections.abc import Collection, Sequence
from typing import Final

from meeting_pipeline.domain.verification.focus import Focus
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import Sentence, is_content
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

SAYING: Final = word_set("""
    said says told tells mentioned mentions promised promises wrote writes announced announces reported reports claimed
    claims insisted insists reckons thinks believes emailed texted explained saying telling keeps asks asked shouting
    """)
_HEARING: Final = word_set("heard hear hears read gather gathered understand understood")
HEARSAY: Final = phrases("""
    apparently / allegedly / supposedly / reportedly / rumour has it / rumor has it / word is / in the news / in the
    paper / newspaper said / newspaper says / newspaper wrote / i was told / we were told / i've been told / i hear / i
    heard / i read that / i've heard / we heard / as far as i know
    """)
"""Before what others are said to have said."""
_OTHERS: Final = word_set("he she they he'll she'll they'll he'd she'd they'd he's she's they're they've")
_PRESENT: Final = word_set("i we i'll we'll i'd we'd i'm we're i've we've you you'll")
_DECIDING: Final = word_set("decided decides agreed agrees voted resolved chose chosen opted settled")
_BETWEEN: Final = word_set("have has had all both finally already just also now then recently 've unanimously")
_GROUP: Final = word_set("""
    we we've we'd i i've everyone everybody all group team meeting committee board members us it was were been be is are
    and that you so what who
    """)
"""Before "decided": those present, or nobody in particular."""


def is_direct_speech(sentence: Sentence, content: Collection[str]) -> bool:
    """Whether the claim's words are after a colon in what somebody else is told to have said: "a man rang and said: pay me"."""
    tokens = sentence.tokens
    for place, token in enumerate(tokens[:-1]):
        if tokens[place + 1] != ":" or token not in _QUOTING or place == 0:
            continue
        if {"i", "we", "i've", "we've"} & set(tokens[max(place - 3, 0) : place]):
            continue
        wanted = frozenset(content)
        return not any(stem(one) in wanted for one in tokens[:place]) or any(
            stem(one) in wanted for one in tokens[place + 2 :]
        )
    return False


_QUOTING: Final = SAYING | word_set("reads read goes went writes wrote shouts shouted rang quote")


def tells_of_others(words: Sequence[str]) -> bool:
    """Whether somebody who is not here is said to tell of others: "a colleague said that they lost two days"."""
    for place, word in enumerate(words):
        if place == 0 or word not in (
            "said",
            "says",
            "told",
            "claims",
            "wrote",
            "writes",
            "reported",
            "reports",
            "heard",
        ):
            continue
        subject = words[place - 1].partition("'")[0]
        if subject not in PRESENT_SUBJECTS and {one.partition("'")[0] for one in words[place + 1 : place + 4]} & {
            "they"
        }:
            return True
    return False


def said_by_others(meeting: Meeting, sentence: Sentence, wording: Wording) -> bool:
    """Whether a sentence begins with what somebody who is not here says, and the claim does not name that source."""
    words = sentence.words
    place = next((at for at, word in enumerate(words[:_SOURCE]) if word in _CLAIMING), 0)
    if not place or words[place - 1].partition("'")[0] in PRESENT_SUBJECTS or words[place - 1] in _OTHERS:
        return False
    source = {stem(word) for word in words[:place] if is_content(word)}
    names = {word for known in meeting.name_words.values() for word in known}
    return bool(source) and not set(words[:place]) & names and not source & {stem(word) for word in wording.tokens}


_SOURCE: Final = 6
_CLAIMING: Final = word_set("said says told thinks believes claims claimed wrote writes reckons heard")


def is_reported(focus: Focus, content: Collection[str]) -> bool:
    """Whether the claim's words are what somebody else is said to have promised or decided elsewhere."""
    words = focus.words
    first = _first_place(words, content)
    if first is None:
        return False
    head = next((place for place, word in enumerate(words) if content and stem(word) == next(iter(content))), first)
    first = max(first, head)
    if _is_wished(words, first) or _is_quoted(words, first):
        return True
    if has_phrase(words, HEARSAY) or _is_sourced(words):
        return not ({"i'll", "we'll", "let's"} & set(words[:first]))
    for place, word in enumerate(words[:first]):
        if word not in SAYING and word not in _HEARING:
            continue
        subject = words[place - 1] if place else ""
        if word in SAYING and subject.partition("'")[0] in ("i", "we", "you", ""):
            continue
        between = words[place + 1 : first]
        speakers = [one for one in between if one in _OTHERS or one in _PRESENT]
        if speakers and speakers[-1] in _OTHERS:
            return True
        if not speakers and "to" not in between and word in ("promised", "promises"):
            return True
        if word in ("promised", "promises") and not speakers:
            return True
    return False


def _is_wished(words: Sequence[str], first: int) -> bool:
    """Whether it is what somebody who is not here wants: "residents asked us to cut down the tree"."""
    for place in range(1, min(first, len(words))):
        subject = words[place - 1]
        if words[place] not in _WISHING or subject.partition("'")[0] in PRESENT_SUBJECTS:
            continue
        between = words[place + 1 : first]
        if {"us", "we"} & set(between[:2]) or (words[place] in ("wanted", "demanded", "demands") and not between[2:]):
            return not any(word.partition("'")[0] in ("i", "we", "let", "so") for word in between[1:])
    return False


def _is_quoted(words: Sequence[str], first: int) -> bool:
    """Whether it is what somebody else keeps saying, in their own words: "the accountant says, close the branch"."""
    place = next((at for at in range(first - 1, -1, -1) if words[at] in SAYING), None)
    if place is None or place == 0 or {*_PRESENT, "that", "to", "let's"} & set(words[place + 1 : first]):
        return False
    subject = (
        words[place - 2]
        if words[place - 1] in ("keeps", "kept", "always", "is", "was") and place > 1
        else words[place - 1]
    )
    if subject.partition("'")[0] in PRESENT_SUBJECTS or not (is_content(subject) or subject in _OTHERS):
        return False
    return words[place] in ("saying", "says", "said", "shouting", "telling") and first - place <= 2


_WISHING: Final = word_set("""
    asked asks wants wanted want demanded demands demand expects expected begged urged urges requested would'd requests
    """)
PRESENT_SUBJECTS: Final = word_set("i we you i've we've and or to")


def _is_sourced(words: Sequence[str]) -> bool:
    """Whether it is "according to" a person or a paper; "according to the plan" tells of nobody."""
    for place in range(len(words) - 2):
        if words[place] == "according" and words[place + 1] == "to":
            following = words[place + 2 : place + 5]
            return following[0] not in _DETERMINERS or bool(_SOURCES & set(following))
    return False


_DETERMINERS: Final = word_set("the a an our my your his her its their this that these those to what how")
_SOURCES: Final = word_set("""
    newspaper newspapers paper papers press news council government ministry management boss manager rumours rumors client
    customer internet website radio colleague colleagues email union lawyers
    """)


def decided_elsewhere(focus: Focus, content: Collection[str], people: Sequence[str]) -> bool:
    """Whether others are said to have decided, and the claim does not name them: "the council has decided to ..."."""
    words = focus.words
    first = _first_place(words, content)
    if first is None:
        return False
    for place, word in enumerate(words):
        if word not in _DECIDING or place > first or "so" in words[place:first]:
            continue  # "they voted against it, so it remains sixty"
        before = [one for one in words[max(place - 4, 0) : place] if one not in _BETWEEN]
        subject = before[-1] if before else ""
        if subject in _GROUP or not (subject in _OTHERS or is_content(subject)) or subject.endswith(("ly", "'s")):
            continue
        if subject in _OTHERS:
            return not people
        named = {word for person in people for word in person.casefold().split()}
        return subject.removesuffix("'s") not in named and not any(one in named for one in before)
    return False


def _first_place(words: Sequence[str], content: Collection[str]) -> int | None:
    """Where the claim's words begin in the part, without the verbs of telling and deciding."""
    wanted = frozenset(content)
    return next(
        (
            place
            for place, word in enumerate(words)
            if stem(word) in wanted and word not in SAYING and word not in _DECIDING
        ),
        None,
    )
