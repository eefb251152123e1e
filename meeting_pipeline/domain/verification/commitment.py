"""What kind of statement the words are: agreed, or only discussed.

Belongs here: how things are said. Must not go here: what is said (``support.py``), who says it (``people.py``).
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.wordlists import listed, phrases
from meeting_pipeline.domain.verification.words import Sentence, stem

_ASKING: Final = listed("""
    can could would will shall should do does did is are has have who what when where how why which may
    """)
_ACCEPTING: Final = listed("""
    yes yeah yep yup sure okay ok absolutely definitely certainly gladly fine alright agreed great perfect done of will
    happy consider good right mhm aye exactly deal
    """)
_REFUSING: Final = listed("no nope nah sorry unfortunately never impossible")
_PROMISES: Final = phrases("""
    i will / i'll / i can / i could / let me / on it / got it / i'm on / i shall / i'm going / i am going / i'm gonna / i
    am / we'll / we will / will do / no problem / i have to / i need to / i must / i'd be / leave it / we can
    """)
_HYPOTHETICAL: Final = phrases("""
    probably / at some point / sometime / would have / should have / could have / was going to / were going to / used to /
    would be nice / would be good / would be great / what if / for example / in theory / let's say / just kidding / i wish
    / we could / i could / you could / somebody could / someone could / thinking about / think about / thought about /
    should we / consider / considering / might / maybe / perhaps / possibly / suppose / imagine / hypothetically / one day
    / someday / was joking / i hope / i propose / i suggest / i'd suggest / i'd propose / i would like / we might / not
    sure / don't know / haven't decided / not decided / undecided / how about / what about
    """)
_FIRM: Final = phrases("i will / i'll / i'm going / we will / we'll / we decided / we agreed / i have to")
_INVITING: Final = phrases("please do / go ahead / do that / do it / sounds good / that would / thank you / thanks")
_SOFTENING: Final = phrases("might / maybe / perhaps / i hope / what if")
_IF: Final = frozenset(("if", "unless", "provided", "assuming"))
_BEFORE_HARMLESS_IF: Final = listed("""
    know see check ask find out test wonder verify confirm tell decide as even clarify
    """)
_AFTER_HARMLESS_IF: Final = listed("""
    possible necessary needed you that that's it's anything any not
    """)


def only_discussed(meeting: Meeting, own: Sequence[Sentence], content: Collection[str]) -> bool:
    """Whether it was a question, a condition or an idea that nobody agreed to."""
    if not own:
        return False
    main = _main(own, content)
    clauses = clauses_of(main.tokens)
    if _is_conditional(main, content):
        return True
    open_ended = _asks(main) or any(_has(clause.words, _HYPOTHETICAL) for clause in clauses)
    if not open_ended:
        return _is_refused(meeting, own) and _is_request(main)
    if any(sentence is not main and _agrees(sentence, main.speaker) for sentence in own) or _promises_itself(main):
        return False
    return answer_to(meeting, own) is None


def _main(own: Sequence[Sentence], content: Collection[str]) -> Sentence:
    wanted = frozenset(content)
    return max(own, key=lambda sentence: len(wanted & sentence.stems))


def _asks(sentence: Sentence) -> bool:
    if sentence.question:
        return True
    words = sentence.words
    unpunctuated = not sentence.text.rstrip().endswith((".", "!"))
    return (
        unpunctuated
        and len(words) > 2
        and words[0] in _ASKING
        and words[1] in ("you", "somebody", "someone", "anybody", "anyone", "we")
    )


def _is_request(sentence: Sentence) -> bool:
    words = sentence.words
    return "please" in words or (
        ("you" in words or "somebody" in words or "someone" in words) and not _promises_itself(sentence)
    )


def _agrees(sentence: Sentence, asking: str) -> bool:
    """Whether the sentence promises it, or accepts what somebody else asked."""
    if _promises(sentence):
        return True
    if sentence.speaker == asking or not sentence.words or sentence.question:
        return False
    return sentence.words[0] in _ACCEPTING or _has(sentence.words[:3], _INVITING)


def _promises_itself(sentence: Sentence) -> bool:
    """Whether the sentence is itself a promise, as in "I'll call them, okay?" and "Maybe tomorrow, but I will do it"."""
    return any(
        _has(clause.words, _FIRM) and not _has(clause.words, _SOFTENING) for clause in clauses_of(sentence.tokens)
    )


def _promises(sentence: Sentence) -> bool:
    return any(_has(clause.words, _PROMISES) and not clause.refuses() for clause in clauses_of(sentence.tokens))


def _has(words: Sequence[str], wanted: Sequence[str]) -> bool:
    text = f" {' '.join(words)} "
    return any(f" {phrase} " in text for phrase in wanted)


def _is_conditional(sentence: Sentence, content: Collection[str]) -> bool:
    """Whether the sentence makes the matter depend on something that the claim does not mention."""
    words = sentence.words
    for place, word in enumerate(words):
        if word not in _IF or stem(word) in content:
            continue
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        if before in _BEFORE_HARMLESS_IF or after in _AFTER_HARMLESS_IF:
            continue
        return True
    return False


def _following(meeting: Meeting, own: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences after the quoted ones: the rest of that segment, and the next segments."""
    last = max(own, key=lambda sentence: sentence.order)
    rest = [sentence for sentence in meeting.sentences(last.segment) if sentence.order > last.order]
    yield from rest[:2]
    for index in range(last.segment + 1, last.segment + 1 + policies.REPLY_SEGMENTS):
        yield from meeting.sentences(index)[:3]


def answer_to(meeting: Meeting, own: Sequence[Sentence]) -> str | None:
    """The label of who agrees to what was asked; ``None`` if nobody does."""
    speakers = {sentence.speaker for sentence in own}
    for sentence in _following(meeting, own):
        words = sentence.words
        if not words:
            continue
        negative = words[0] in _REFUSING or any(clause.refuses() for clause in clauses_of(sentence.tokens)[:2])
        promised = _promises(sentence)
        if negative and not promised and not _has(words[:3], ("no problem", "no worries")):
            return None
        if promised or (sentence.speaker not in speakers and _agrees(sentence, "")):
            return sentence.speaker
    return None


def _is_refused(meeting: Meeting, own: Sequence[Sentence]) -> bool:
    """Whether the first answer of another speaker is a refusal."""
    speakers = {sentence.speaker for sentence in own}
    for sentence in _following(meeting, own):
        if sentence.speaker in speakers or not sentence.words:
            continue
        head = clauses_of(sentence.tokens)[:2]
        if _has(sentence.words[:3], ("no problem", "no worries")) or _promises(sentence):
            return False
        return sentence.words[0] in _REFUSING or any(
            clause.refuses() and clause.words[0].partition("'")[0] == "i" for clause in head
        )
    return False
