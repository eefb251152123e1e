"""What people answer: do they accept what was asked of them, or decline it, in so many words or not?

A request that nobody takes is no task: silence and another topic are no answer.
Must not go here: whether an answer is needed (``commitment.py``).
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.wordlists import TIME_WORDS, has_phrase, listed, phrases
from meeting_pipeline.domain.verification.words import Sentence, content_stems, stem

_FILLERS: Final = listed("well so um uh oh hm hmm mm ah er erm eh hey look")
_YES: Final = listed("""
    yes yeah yep yup sure absolutely definitely certainly gladly agreed aye exactly mhm will consider done noted understood
    affirmative roger totally alrighty okey deal
    """)
_MAYBE_YES: Final = listed("okay ok fine good right great perfect alright happy cool lovely brilliant excellent super")
"""They accept, or only go on to the next topic."""
_YES_PHRASES: Final = phrases("""
    of course / all right / can do / will do / why not / my pleasure / with pleasure / no problem / no worries / not a
    problem / works for me / sounds good / fine with me / fine by me / good with me / i'm in / count me in / count on me
    / consider it / on it / got it / leave it to me / leave that to me / leave it with me / leave that with me / i'm on
    it / happy to / glad to / sure thing / uh huh / mm hmm / i agree / i'd agree / you got it / right away / so be it /
    good idea / great idea / makes sense / i second / that's fine / that works / that would
    """)
_INVITING: Final = phrases("please do / go ahead / do that / do it / thank you / thanks")
NO: Final = listed("no nope nah sorry unfortunately never impossible hardly")
_REFERRING: Final = frozenset(("ask", "try"))
"""As the first word they send the question on: "Ask Henrik"."""
_NO_REALLY_YES: Final = phrases(
    "no problem / no worries / no objection / no objections / no doubt / no issue / no trouble"
)
_NOT_MINDING: Final = phrases("not at all / no not at all / no / nope / of course not / no go ahead / not a bit")
_DECLINING: Final = phrases("""
    i'm afraid / afraid i / swamped / snowed under / up to my / my plate / plate is full / too busy / so busy / really
    busy / very busy / i'm busy / quite busy / overloaded / drowning in / buried in / buried under / no time / out of
    office / on holiday / on vacation / on leave / on parental leave / i'm away / i'm off / i'm out / be away / be off /
    be out of / booked up / booked solid / fully booked / tied up / i'd rather not / i would rather not / rather not /
    not my / somebody else / someone else / anybody else / anyone else / wish i could / love to but / i'd like to but /
    i would but / i'd but / would love to if / struggle / stretched / hands full / hands are full / think about it /
    sleep on it / let me think / i'll think / i'll see / we'll see / let's see / let me see / check my calendar / not
    sure / depends / why me / me again / i'll pass / i pass / pass on / count me out / leave me out / sit this one out /
    out of my depth / good question / hard to say / no idea / better person / better placed / wrong person / isn't mine
    / is not mine / i doubt / another time / some other time / beyond me / find another / find somebody / find someone /
    get another / get somebody / get someone / you do it / do it yourself / your job / your turn / i wouldn't / have
    enough / more than enough / no way / forget it / dream on / when hell / over my dead body / i quit / come back to /
    i'd rather / i would rather / park that / park it / take it offline / talk about it / discuss it / discuss that /
    table that
    """)
_PROMISES: Final = phrases("""
    i will / i'll / i can / i could / let me / i shall / i'm going to / i am going to / i'm gonna / we'll / we will / we
    can / we're / we are / let's / we decided / we've decided / we agreed / i'd be / i'd better / i should / i have to /
    i need to / i must / i'm / i do / you'll have / you will have
    """)
_POINTING: Final = listed("it that this them those these one so both all him her mine")
_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)
_HELPING: Final = frozenset(stem(word) for word in listed("try able manage happy glad pleasure course problem sure"))
_RELATED: Final = frozenset(stem(word) for word in listed("agree approve carry vote yes"))


def answer_to(meeting: Meeting, own: Sequence[Sentence], content: Collection[str] = ()) -> str | None:
    """The label of who agrees to what was asked; ``None`` if nobody does, or the first answer declines."""
    asking = {sentence.speaker for sentence in own}
    addressed = meeting.addressed(own)
    about = frozenset(content).union(*(sentence.stems for sentence in own))
    minding = any("mind" in sentence.words for sentence in own)
    for sentence in following(meeting, own):
        other = sentence.speaker not in asking
        found = answer(sentence, about, minding=minding and other)
        if found is False:
            return None
        if found and (promises(sentence, about) or (other and (addressed is None or sentence.speaker == addressed))):
            return None if _withdraws(meeting, sentence, about) else sentence.speaker
    return None


def is_declined(meeting: Meeting, own: Sequence[Sentence], content: Collection[str], *, by: str | None = None) -> bool:
    """Whether the first answer of another speaker declines. ``by``: only what this label says counts."""
    asking = {sentence.speaker for sentence in own}
    about = frozenset(content).union(*(sentence.stems for sentence in own))
    for sentence in following(meeting, own):
        if sentence.speaker in asking or not sentence.words or (by is not None and sentence.speaker != by):
            continue
        found = answer(sentence, about, minding=False)
        if found is None and not sentence.question:
            continue
        return found is False and _is_about_oneself(sentence)
    return False


def agrees(sentence: Sentence, asking: str, about: frozenset[str]) -> bool:
    """Whether a sentence of the quote promises it, or accepts what somebody else (``asking``) said."""
    if promises(sentence, about):
        return True
    return sentence.speaker != asking and answer(sentence, about, minding="mind" in about) is True


def promises(sentence: Sentence, about: frozenset[str]) -> bool:
    """Whether the sentence promises this: it points back to it, repeats a word of it, or says nothing else."""
    if sentence.question:
        return False
    return any(
        has_phrase(clause.words, _PROMISES)
        and not clause.refuses()
        and not has_phrase(clause.words, _DECLINING)
        and _is_related(clause, about)
        for clause in clauses_of(sentence.tokens)
    )


def following(meeting: Meeting, own: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences after the quoted ones: the rest of that segment, and the next segments."""
    last = max(own, key=lambda sentence: sentence.order)
    rest = [sentence for sentence in meeting.sentences(last.segment) if sentence.order > last.order]
    yield from rest[:2]
    for index in range(last.segment + 1, last.segment + 1 + policies.REPLY_SEGMENTS):
        yield from meeting.sentences(index)[:3]


def answer(sentence: Sentence, about: frozenset[str], *, minding: bool) -> bool | None:
    """``True`` if it accepts, ``False`` if it declines, ``None`` if it does neither."""
    words = _without_fillers(sentence.words)
    if not words:
        return None
    if minding and any(" ".join(words) == phrase for phrase in _NOT_MINDING):
        return True
    if sentence.question:
        return None
    if promises(sentence, about):
        return True
    if has_phrase(words[:3], _NO_REALLY_YES):
        return True
    if words[0] in NO or words[0] in _REFERRING or has_phrase(words, _DECLINING):
        return False
    if any(clause.refuses() for clause in clauses_of(sentence.tokens)[:2]):
        return False
    return True if _accepts(words, about) else None


def _accepts(words: Sequence[str], about: frozenset[str]) -> bool:
    if words[0] in _YES or words[-1] in _YES or _suits(words):
        return True
    if has_phrase(words[:4], _YES_PHRASES) or has_phrase(words[:3], _INVITING):
        return True
    rest = content_stems(words[1:])
    related = len(rest) < 2 or bool(set(rest) & (about | _RELATED)) or bool(_POINTING & set(words))
    return words[0] in _MAYBE_YES and related


def _suits(words: Sequence[str]) -> bool:
    """Whether it accepts a proposal by what was proposed: "Saturday works", "Wednesday is fine"."""
    return words[-1] == "works" or (
        words[-1] in _MAYBE_YES and words[-2:-1] in (["is"], ["sounds"], ["that's"], ["it's"])
    )


def _is_related(clause: Clause, about: frozenset[str]) -> bool:
    content = [one for one in content_stems(clause.words) if one not in _TIME_STEMS and one not in _HELPING]
    return not content or bool(_POINTING & set(clause.words)) or bool(set(content) & about)


def _without_fillers(words: Sequence[str]) -> Sequence[str]:
    start = next((place for place, word in enumerate(words) if word not in _FILLERS), len(words))
    return words[start:]


def _withdraws(meeting: Meeting, accepting: Sentence, about: frozenset[str]) -> bool:
    """Whether the same person goes on: "Sure. Oh wait, I'm on leave."."""
    rest = [one for one in meeting.sentences(accepting.segment) if one.order > accepting.order][:2]
    return any(answer(one, about, minding=False) is False and _is_about_oneself(one) for one in rest)


def _is_about_oneself(sentence: Sentence) -> bool:
    """Whether who declines speaks of their own time and duties, or says no; "half of my team is away" does not."""
    words = _without_fillers(sentence.words)
    return bool(words) and (
        words[0] in NO
        or words[0] in _REFERRING
        or bool({"i", "i'm", "i'd", "i've", "i'll", "me"} & set(words))
        or has_phrase(words, ("not my", "my plate", "somebody else", "someone else", "anybody else", "anyone else"))
    )
