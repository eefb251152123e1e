"""What kind of statement the words are: agreed, or only discussed.

Belongs here: how things are said. Must not go here: what is said (``support.py``), who says it (``people.py``), conditions
(``conditions.py``), answers (``replies.py``).
"""

from collections.abc import Collection, Sequence
from typing import Final

from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.verification.conditions import is_conditional
from meeting_pipeline.domain.verification.focus import Focus, focus, main_sentence
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.replies import agrees, answer_to, is_declined, promises
from meeting_pipeline.domain.verification.reported import decided_elsewhere, is_reported
from meeting_pipeline.domain.verification.texts import Wording
from meeting_pipeline.domain.verification.unserious import is_deferred, is_joke
from meeting_pipeline.domain.verification.votes import carried
from meeting_pipeline.domain.verification.wordlists import has_phrase, listed, phrases
from meeting_pipeline.domain.verification.words import Sentence

_ASKING: Final = listed("""
    can could would will shall should do does did is are has have who what when where how why which may
    """)
_HYPOTHETICAL: Final = phrases("""
    probably / at some point / sometime / would have / should have / could have / was going to / were going to / used to
    / would be nice / would be good / would be great / what if / for example / in theory / let's say / just kidding / i
    wish / we could / i could / you could / somebody could / someone could / thinking about / think about / thought
    about / should we / consider / considering / might / maybe / perhaps / possibly / suppose / imagine / hypothetically
    / one day / someday / was joking / i hope / i propose / i suggest / i'd suggest / i'd propose / i would like / we
    might / not sure / don't know / haven't decided / not decided / undecided / how about / what about / whether / i
    move that / i move to / the motion is / motion to / i'd vote / i vote / i'd go / i'd prefer / i prefer / i'd rather
    / i would rather / i would prefer / my preference / i'm for / i'm in favour / i'm in favor / i am in favour / in my
    opinion / up for discussion / still open / leaning towards / leaning to / tempted to / to be decided / to be
    discussed / we would / we'd / i would / i'd / would love to / i was hoping / the idea is / the idea was / one idea /
    one option / an option / the proposal is / my proposal / toying with / open question / the question is / would've /
    could've / should've / meant to / wanted to / hoping to / supposed to / were to / ideally / wouldn't mind / ought we
    """)
_WONDERING: Final = frozenset(("decide", "decided", "wonder", "wondering", "know", "ask", "discuss", "see", "unclear"))
_SHOULD: Final = phrases("i think we should / we should probably / maybe we should / shouldn't we")
_FIRM: Final = phrases("""
    i will / i'll / i'm going / we will / we'll / we decided / we agreed / i have to / we have decided / we've decided /
    it's decided / that's decided / is decided / i'd better / we'd better / i'd be / we've agreed / i'm happy to
    """)
_HABITS: Final = phrases("i used to / we used to / he used to / she used to / they used to / you used to / used to be")
"""They tell what is no longer done."""
_SOFTENING: Final = phrases("might / maybe / perhaps / i hope / what if / probably / not sure / don't know")
_IDIOMS: Final = phrases("""
    i'll bet / i bet / i'll say / i'll admit / i must admit / i have to admit / i have to say / i must say / i'll give
    you that / we'll see / let's face it / i'll be honest / to be honest with / i'd kill / eat my hat / cross that
    bridge / over my dead body / when pigs fly / never hear the end / i'll pass on / your word for it / i'll be damned /
    i could murder / would be the day / yeah right / i'll believe it when / wait and see / as if / in your dreams / i'll
    drink to that / kick the bucket / in an ideal world / in a perfect world / in another life / if only / if i were /
    if we had / if i had / the hell out / a dime for / i'll never / god forbid / will be the death
    """)
"""Turns of speech that promise nothing."""
_TURNED: Final = phrases("""
    not decided / not final / nothing is fixed / nothing's fixed / not fixed / not settled / not certain / not official
    / depends on / depending on / we'll see / let's see / haven't decided / hasn't decided / to be confirmed / no
    promises / can't promise / not sure yet / don't hold me / only a thought / just a thought / just an idea / only an
    idea / just thinking / still open / not yet / not a decision / no decision
    """)
"""After "but" they leave open what was said before it."""
_ASKED: Final = phrases("""
    you could / you should / you might / i want you / i need you / i'd like you / i would like you / i'd like somebody /
    i'd like someone / somebody should / someone should / somebody could / someone could / somebody has to / someone has
    to / somebody must / someone must / somebody needs / someone needs / we need somebody / we need someone / anybody
    could / i want somebody / i want someone / somebody ought / someone ought / if somebody / if someone
    """)
"""They ask somebody, and are a task only if somebody takes it."""


def commitment_reason(
    meeting: Meeting,
    own: Sequence[Sentence],
    wording: Wording,
    *,
    owner: str | None = None,
    decided_by: Sequence[str] | None = None,
    quote: str = "",
) -> str | None:
    """Why nobody committed to it: a condition, somebody else's words, a question or an idea that nobody agreed to.

    ``decided_by``: who decided, for a decision; ``None`` for a task.
    """
    if not own:
        return None
    content = wording.content
    main = main_sentence(own, content)
    part = focus(main, content, words_of(quote))
    if part.has(_HABITS):
        return "done_already"
    if is_conditional(meeting, part, wording):
        return "conditional"
    if is_reported(part, content) or (
        decided_by is not None and decided_elsewhere(part, content, _as_said(meeting, decided_by))
    ):
        return "reported_speech"
    if part.has(_IDIOMS) or _is_turned(part) or ("afford" in part.words and "afford" not in content):
        return "only_discussed"
    if is_joke(meeting, part) or (decided_by is not None and is_deferred(part, content)):
        return "only_discussed"
    agreed = _is_agreed(meeting, own, main, part, content)
    if _is_open(part) or _is_undecided(part, content):
        return None if agreed and not _is_undecided(part, content) else _unless_settled(own, main, content)
    if decided_by is None and _asks_for_help(main, part) and not agreed:
        return "only_discussed"
    if decided_by is not None and not _is_request(main):
        return None
    by = owner if owner in meeting.labels else None
    assigned = _is_request(main) or (by is not None and by != main.speaker)
    return "only_discussed" if assigned and not agreed and is_declined(meeting, own, content, by=by) else None


def _as_said(meeting: Meeting, people: Sequence[str]) -> list[str]:
    """The people with the words of their names, where they are speakers."""
    return [" ".join((person, *meeting.name_words.get(person, ()))) for person in people]


def _is_agreed(
    meeting: Meeting, own: Sequence[Sentence], main: Sentence, part: Focus, content: Collection[str]
) -> bool:
    about = main.stems | frozenset(content)
    if any(sentence is not main and agrees(sentence, main.speaker, about) for sentence in own):
        return True
    return _promises_itself(part) or answer_to(meeting, own, content) is not None or carried(meeting, own)


def _is_open(part: Focus) -> bool:
    """Whether it is a question or an idea."""
    return _asks(part) or part.has(_SHOULD) or part.has(_HYPOTHETICAL)


def _is_undecided(part: Focus, content: Collection[str]) -> bool:
    """Whether the words are what is still to be decided, asked or found out: "we must decide whether we move"."""
    words = part.clause.words
    at = list(part.clauses).index(part.clause)
    before = part.clauses[at - 1].words[-1] if at else ""
    if before == "whether" or (words[:1] == ("if",) and before in _WONDERING):
        return True
    if "whether" not in words:
        return False
    return not set(part.clause.stems[: words.index("whether")]) & frozenset(content)


def _unless_settled(own: Sequence[Sentence], main: Sentence, content: Collection[str]) -> str | None:
    """Whether another quoted sentence settles it: "We had to decide whether to move. We are moving."."""
    about = main.stems | frozenset(content)
    settled = any(one is not main and one.order > main.order and promises(one, about) for one in own)
    return None if settled else "only_discussed"


def _asks(part: Focus) -> bool:
    sentence = part.sentence
    if sentence.question:
        return part.ends_the_sentence
    words = sentence.words
    unpunctuated = not sentence.text.rstrip().endswith((".", "!"))
    return (
        unpunctuated
        and len(words) > 2
        and words[0] in _ASKING
        and words[1] in ("you", "somebody", "someone", "anybody", "anyone", "we")
    )


def _asks_for_help(sentence: Sentence, part: Focus) -> bool:
    """Whether the sentence asks somebody to do it: "please", "you could", "someone has to"."""
    return not _promises_itself(part) and ("please" in sentence.words or part.has(_ASKED))


def _is_request(sentence: Sentence) -> bool:
    words = sentence.words
    return "please" in words or (
        ("you" in words or "somebody" in words or "someone" in words) and not _is_firm(sentence)
    )


def _is_firm(sentence: Sentence) -> bool:
    return any(
        has_phrase(clause.words, _FIRM) and not has_phrase(clause.words, _SOFTENING)
        for clause in clauses_of(sentence.tokens)
    )


def _promises_itself(part: Focus) -> bool:
    """Whether the part is itself a promise, as in "I'll call them, okay?" and "Maybe tomorrow, but I will do it"."""
    return any(
        has_phrase(clause.words, _FIRM) and not has_phrase(clause.words, _SOFTENING) and not clause.refuses()
        for clause in part.clauses
    )


def _is_turned(part: Focus) -> bool:
    """Whether what follows "but" takes the part back: "I'd repaint it, but the budget is gone"."""
    if not part.rest:
        return False
    rest = [word for clause in part.rest for word in clause.words]
    if has_phrase(rest, _TURNED):
        return True
    wishing = part.has(_WISHING) and not _promises_itself(part)
    return wishing and not any(has_phrase(clause.words, _FIRM) for clause in part.rest)


_WISHING: Final = phrases("""
    i'd / we'd / i would / we would / could / might / should / wanted to / was going to / were going to / hoped to / i'm
    tempted / i meant to / would love / would like / were hoping to / was hoping to / planned to
    """)
