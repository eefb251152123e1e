"""Tasks that somebody else takes over right after: "actually, Ben will do that", "let me take it off you".

Must not go here: who was named from the start (``people.py``), tasks that are dropped (``later.py``).
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.named_in_requests import is_third_person
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wordlists import GENERIC_WORDS
from meeting_pipeline.domain.verification.words import Sentence, content_stems, tokens_of
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

_TAKING: Final = phrases("""
    i'll do / i will do / i'll take / i will take / i can take / i can do / i'll handle / i will handle / let me take /
    let me do / let me handle / i'd rather do / i've got / i got / i'm doing / i'm already / i'll cover / leave it to me
    / leave that to me / leave this to me / leave that one to me / that's mine / that one's mine / that one is mine /
    i'm on it / i'm on that / i'll look after / i'll get / i'll sort / give it to me / give that to me / i'll own / i'll
    pick / i'll deal / i'd better / i can handle / i could take / i'll swap
    """)
_WILL: Final = word_set("""
    will can should could is has does takes handles does'll owns gets covers would must 'll wants offered volunteered needs
    """)
_DOING: Final = word_set("""
    do does doing done take takes taking handle handles handling cover covers covering own owns deal deals dealing look looks
    get gets pick sort sorts on volunteered offered
    """)
_GIVING: Final = phrases("""
    give it to / give that to / leave it to / leave that to / pass it to / pass that to / hand it to / hand that to /
    hand it over to / pass it on to / let / assign it to / assign that to / ask / it's for / that's for / that goes to /
    it goes to / reassign it to / move it to / put it on
    """)
_IN_PLACE: Final = phrases(
    "instead of you / instead of him / instead of her / instead of me / in your place / in my place / for you then"
)
_POINTING: Final = frozenset(("it", "that", "this", "one", "them", "those", "these"))
_SHARING: Final = frozenset(("too", "also", "help", "together", "both", "with", "join", "as"))
_GENERIC_STEMS: Final = frozenset(stem(word) for word in GENERIC_WORDS)


def reassigned(meeting: Meeting, owner: str, own: Sequence[Sentence], content: Collection[str]) -> Sentence | None:
    """The sentence with which somebody else takes the task from its owner, or is given it; ``None`` if nobody does."""
    found: Sentence | None = None
    wanted = frozenset(content) - _GENERIC_STEMS
    thing = next((one for one in content if one in wanted and one != next(iter(content))), "")
    before: Sentence | None = max(own, key=lambda sentence: sentence.order, default=None)
    if before is None:
        return None
    mine = {owner.casefold(), *tokens_of(owner), *meeting.name_words.get(owner, ())}
    for sentence in _after(meeting, before):
        for clause in clauses_of(sentence.tokens) if not sentence.question else ():
            pointing = before in own or before is found or (bool(wanted & before.stems) and not before.question)
            if not (_is_about(clause, wanted, thing, pointing=pointing) or _lets_do(clause, content)):
                continue
            if sentence.speaker != owner and has_phrase(clause.words, _TAKING) and owner in meeting.labels:
                found = sentence
            elif sentence.speaker == owner and has_phrase(clause.words, _TAKING) and found is not None:
                found = None  # "no, I'll do it"
            elif _asks_another(meeting, sentence, clause, owner, content) or any(
                person not in mine for person in _given(meeting, sentence, clause)
            ):
                found = sentence
        if sentence.question or len(content_stems(sentence.tokens)) > 1:
            before = sentence
    return found


def _after(meeting: Meeting, last: Sentence) -> Iterator[Sentence]:
    yield from (one for one in meeting.sentences(last.segment) if one.order > last.order)
    for step in range(1, policies.REASSIGNED_SEGMENTS + 1):
        yield from meeting.sentences(last.segment + step)[:4]


def _is_about(clause: Clause, wanted: frozenset[str], thing: str, *, pointing: bool) -> bool:
    if clause.refuses() or _SHARING & set(clause.words):
        return False
    said = wanted & set(clause.stems)
    if has_phrase(clause.words, _IN_PLACE):
        return True
    if len(said) * 2 >= len(wanted) > 0 and (
        len(said) > 1 or (bool(_DOING & set(clause.words)) and thing in (*said, ""))
    ):
        return True
    rest = [one for one in content_stems(clause.words) if one not in wanted]
    return pointing and bool(_POINTING & set(clause.words)) and len(rest) <= 4


def _lets_do(clause: Clause, content: Collection[str]) -> bool:
    """Whether somebody is to do the task's verb: "let Katya fly"."""
    return next(iter(content), "") in clause.stems and has_phrase(clause.words, _GIVING) and not clause.refuses()


def _asks_another(
    meeting: Meeting, sentence: Sentence, clause: Clause, owner: str, content: Collection[str] = ()
) -> bool:
    """Whether somebody else is told to do it by name: "Tobias, you do the slides this time", "cover it, Bruno"."""
    called = meeting.addressed([sentence])
    asks = bool({"you", "you'll"} & set(clause.words)) and bool(_DOING & set(clause.words))
    names = {word for words in meeting.name_words.values() for word in words}
    stems = [
        found for word, found in zip(clause.words, clause.stems, strict=True) if word not in names and word != "please"
    ]
    asks = asks or (stems[:1] == [next(iter(content), None)] and clause.start <= 1)
    return called is not None and called != owner and asks


def _given(meeting: Meeting, sentence: Sentence, clause: Clause) -> Iterator[str]:
    """Words that name who does it now: "Ben will do that", "she will do it", "let Ben do it"."""
    names = {word for words in meeting.name_words.values() for word in words}
    names |= {word for name in meeting.participants for word in tokens_of(name)}
    raw = [token for token in tokens_of(sentence.text, fold=False) if token[0].isalnum() or token[0] == "'"]
    names |= {word.casefold() for word in raw[1:] if word[0].isupper() and word.partition("'")[0] != "I"}
    names |= {"he", "she", "he'll", "she'll", "they", "they'll"}
    words = clause.words
    for place, word in enumerate(words):
        plain = word.removesuffix("'ll").removesuffix("'s")
        if plain not in names and word not in names:
            continue
        following = words[place + 1 : place + 5]
        contracted = word != plain
        does = (contracted or bool(following and following[0] in _WILL)) and bool(_DOING & set(following))
        does = does or (has_phrase(words, _IN_PLACE) and bool(following) and is_third_person(following[0]))
        if does or has_phrase(words[max(place - 4, 0) : place], _GIVING):
            yield plain
