"""Conditions: "if the bank agrees", "as soon as legal signs off", "unless anybody objects".

Must not go here: ideas and questions (``commitment.py``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.verification.focus import Focus
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import Sentence, content_stems
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

_IF: Final = frozenset(("if", "unless", "provided", "providing", "assuming", "supposing", "pending"))
_IF_PHRASES: Final = phrases("""
    as long as / so long as / on condition / on the condition / depending on / depends on / subject to / contingent on /
    in the event / only when / only once / only after / in case
    """)
_ONCE: Final = frozenset(("once", "when", "whenever", "after", "until", "till"))
_ONCE_PHRASES: Final = phrases("as soon as / the moment / the minute / the day")
"""They tell a time, and make a condition only together with a consent that is still missing."""
_CONSENT: Final = frozenset(
    stem(word)
    for word in word_set("""
    agree approve approval accept confirm confirmation allow permit permission clear clearance grant sign signature
    consent ratify decide funding fund blessing okay ok yes go-ahead through vote win happy licence license budget money
    comply cooperate
    """)
)
_MAIN_CLAUSE: Final = frozenset(("i'll", "we'll", "will", "let's", "then"))
_BEFORE_HARMLESS_IF: Final = word_set("""
    know see check ask find out test wonder verify confirm tell decide as even clarify
    """)
_BEFORE_PARTICIPLE: Final = word_set("is are was were be been have has we they i")
_AFTER_HARMLESS_IF: Final = word_set("possible necessary needed you that that's it's anything any not")
_OBJECTING: Final = word_set("""
    object objects objecting objection objections disagree disagrees mind minds against opposed oppose opposes otherwise
    shout shouts scream screams complain complains veto vetoes dissent else volunteers concerns concern problem problems issue
    issues
    """)
_NOBODY: Final = word_set("no nobody nobody's none not don't doesn't")
_PRESENT: Final = _NOBODY | word_set(
    "anybody anyone somebody someone one there there's you any i we hear everyone everybody"
)
_EVERYBODY: Final = word_set("everyone everybody everyone's everybody's all both nobody")
_CONTENT_WITH: Final = word_set("agree agrees agreed fine happy okay ok good board alright comfortable content")
_OBJECTIONS: Final = phrases("""
    i object / i do / i'm against / i am against / i disagree / i do object / hold on / not so fast / i have a problem /
    i've got a problem / i have an objection / i don't agree / i don't like / i'd rather / i would rather / i do mind /
    i mind / i'm opposed / i am opposed / i have concerns / i can't agree / i oppose / i veto / i won't agree / not with
    me
    """)


def is_conditional(meeting: Meeting, focus: Focus, wording: Wording) -> bool:
    """Whether the words make the matter depend on something that the claim does not mention."""
    for words, place in (*_markers(focus), *_markers_after(meeting, focus)):
        if _is_stated(words, place, wording):
            continue
        if _asks_for_objections(words, place):
            if _is_objected(meeting, focus.sentence):
                return True
            continue
        return True
    return False


def _markers(focus: Focus) -> Iterator[tuple[Sequence[str], int]]:
    """Where a condition begins in the part."""
    yield from ((focus.words, place) for place in _places(focus.words))
    if focus.rest and focus.rest[0].words[0] == "but":  # "but only if ..."
        rest = [word for clause in focus.rest for word in clause.words]
        yield from ((rest, place) for place in _places(rest) if place < 3)


def _markers_after(meeting: Meeting, focus: Focus) -> Iterator[tuple[Sequence[str], int]]:
    """A condition that follows as its own sentence: "I'll pay it. If legal agrees, that is."."""
    following = [one for one in meeting.sentences(focus.sentence.segment) if focus.sentence.order < one.order][:1]
    for sentence in following:
        words = sentence.words
        lead = next(
            (place for place, word in enumerate(words) if word not in ("but", "and", "only", "well", "that", "is")), 0
        )
        places = [place for place in _places(words) if place <= lead]
        if places and not {"will", "i'll", "we'll", "then"} & set(words):
            yield words, places[0]


def _places(words: Sequence[str]) -> Iterator[int]:
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        if word in _IF:
            if before in _BEFORE_HARMLESS_IF or (word == "if" and after in _AFTER_HARMLESS_IF):
                continue
            if word == "provided" and before in _BEFORE_PARTICIPLE:
                continue
            yield place
        elif _begins(words, place, _IF_PHRASES) or (
            (word in _ONCE or _begins(words, place, _ONCE_PHRASES)) and _needs_consent(words, place)
        ):
            yield place


def _begins(words: Sequence[str], place: int, wanted: Sequence[str]) -> bool:
    near = " ".join(words[place : place + 4]) + " "
    return any(near.startswith(f"{phrase} ") for phrase in wanted)


def _needs_consent(words: Sequence[str], place: int) -> bool:
    """Whether the words after it wait for a consent: "once legal agrees", not "once I am at my desk"."""
    near = words[place + 1 : place + 8]
    if words[place] == "after" and any(_have_consented(near[i : i + 4]) for i in range(len(near))):
        return False  # "after the vote we have decided to move it": it is past
    stops = (i for i, word in enumerate(near) if word in _MAIN_CLAUSE or _have_consented(near[i : i + 4]))
    return any(stem(word) in _CONSENT for word in near[: next(stops, len(near))])


def _have_consented(words: Sequence[str]) -> bool:
    """Whether a main clause begins in which those present did: "after this discussion we decided", "we have all agreed"."""
    if words[0] not in ("we", "we've", "i", "i've"):
        return False
    given = next((word for word in words[1:] if word not in ("have", "all", "both", "finally", "then")), "")
    return given.endswith("ed") and stem(given) in _CONSENT


def _is_stated(words: Sequence[str], place: int, wording: Wording) -> bool:
    """Whether the claim itself names the condition."""
    condition = content_stems(words[place + 1 : place + 8])
    mine = frozenset(wording.content)
    marked = any(True for _ in _places([token for token in wording.tokens if token[0].isalpha()]))
    numbers = numbers_of(" ".join(words[place + 1 : place + 12])) & numbers_of(wording.plain)
    return marked and (bool(numbers) or any(one in mine for one in condition))


def _asks_for_objections(words: Sequence[str], place: int) -> bool:
    """Whether it only gives those present a chance to object: "unless anybody objects", "if everyone agrees"."""
    near = words[place + 1 : place + 9]
    if _OBJECTING & set(near) and _PRESENT & set(near):
        return words[place] == "unless" or bool(_NOBODY & set(near))
    return bool(_EVERYBODY & set(near)) and bool(_CONTENT_WITH & set(near))


def _is_objected(meeting: Meeting, sentence: Sentence) -> bool:
    """Whether somebody else does object."""
    for index in range(sentence.segment + 1, sentence.segment + 1 + policies.REPLY_SEGMENTS):
        for other in meeting.sentences(index)[:3]:
            if other.speaker == sentence.speaker or other.question:
                continue
            if any(has_phrase(clause.words, _OBJECTIONS) for clause in clauses_of(other.tokens)):
                return True
    return False
