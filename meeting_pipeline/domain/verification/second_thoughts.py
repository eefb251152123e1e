"""Second thoughts: "I've changed my mind about the tent", "on second thoughts I can't get there", "scrap the fifth".

They take back something that was said much earlier, and name only the thing, the number or the person. Must not go here: clauses
that repeat what is taken back (``later.py``).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wordlists import DATE_WORDS, GENERIC_WORDS, STOP_WORDS
from meeting_pipeline.domain.verification.words import Sentence, content_stems
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

_ABOUT: Final = phrases("""
    changed my mind about / changed our mind about / changed our minds about / changed my mind on / changed our minds on /
    having second thoughts about / had second thoughts about / have second thoughts about / forget about / never mind about /
    nevermind about
    """)
"""What follows them is taken back."""
_WRONG: Final = phrases("""
    i was wrong about / we were wrong about / i was mistaken about / i made a mistake about / i made a mistake with
    """)
"""Of what follows them a number is corrected."""
_SAID: Final = phrases("""
    forget what i / forget what we / ignore what i / ignore what we / scratch what i / scratch that / take back what i /
    take that back / take it back / strike that / strike what i / changed my mind / changed our minds / correct myself /
    i was wrong / i misspoke / forget i said / not what i said
    """)
"""The words before them say what they are about."""
_SCRAPPING: Final = word_set("scrap scratch forget drop strike cancel ignore delete skip")
_BACKING_OUT: Final = phrases("""
    on second thought / on second thoughts / actually / after all / i'm afraid / sorry / turns out / it turns out /
    just realised / just realized / just noticed / just remembered / come to think / thinking about it / now that i
    """)
_UNABLE: Final = phrases("""
    i can't / i cannot / i can not / i won't / i will not / i'm not able to / i won't be able to / i'm unable to / i couldn't
    """)
_IDIOMS: Final = word_set("wait believe complain forget help imagine recall remember stress thank")
"""What one "can't" without anything left undone: "I can't wait to order it"."""
_DENYING: Final = word_set("not never if nobody neither almost nearly hardly without dont how")
"""After one of these words, the phrase is no second thought: "don't forget about the tent", "if I changed my mind"."""
_MOVING: Final = frozenset(
    stem(word)
    for word in word_set("get make manage go do come take reach able fit be find time squeeze second thought")
)
_TIMES: Final = frozenset(stem(word) for word in DATE_WORDS)
_EMPTY: Final = frozenset(stem(word) for word in GENERIC_WORDS)
_DENIED: Final = 4
"""Words before it among which that one is."""
_THING: Final = 3
"""Words with content of a thing that is named; more is its own clause."""


@dataclass(frozen=True)
class SecondThought:
    """A sentence that takes something back. ``before``: the one before it in the same turn; ``rest``: what follows there."""

    sentence: Sentence
    before: Sentence | None
    rest: Sequence[Sentence]

    @property
    def replaces(self) -> bool:
        """Whether another number is put in the place of what it takes back."""
        return bool(self._numbers_after)

    def takes_back(
        self, wanted: Collection[str], own: Sequence[Sentence], numbers: Collection[str], owner: str | None
    ) -> bool:
        """Whether it is about the claim of which these are the words, the sentences and the owner."""
        if any(thing <= set(wanted) for thing in self._things(_ABOUT)):
            return True
        if numbers and any(thing <= set(wanted) for thing in self._things(_WRONG)):
            return bool(self._numbers_after - frozenset(numbers))
        said = frozenset(number for sentence in own for number in numbers_of(sentence.text)) & frozenset(numbers)
        distance = self.sentence.segment - own[-1].segment
        if distance <= policies.REASSIGNED_SEGMENTS and said & self._scrapped:
            return True
        return self._corrects(wanted, said) or self._backs_out(wanted, owner)

    def _things(self, lead: Collection[str]) -> tuple[frozenset[str], ...]:
        """The things that it names: "the tent" of "I've changed my mind about the tent"."""
        named = (
            frozenset(content_stems(_named(after))) - _TIMES
            for clause in clauses_of(self.sentence.tokens)
            for after in (*_after(clause.words, lead), *(_held(clause.words) if lead is _ABOUT else ()))
        )
        return tuple(thing for thing in named if 0 < len(thing) <= _THING)

    @cached_property
    def _said_before(self) -> bool:
        """Whether it takes back the sentence before, and not something that it names itself: "I was wrong about the rain"."""
        if self.before is None or self.before.question:
            return False
        return any(
            after[:1] not in (["about"], ["on"]) or not content_stems(after[1:]) or self._shares(after[1:])
            for clause in clauses_of(self.sentence.tokens)
            for after in _after(clause.words, _SAID)
        )

    def _shares(self, words: Sequence[str]) -> bool:
        return self.before is not None and bool(frozenset(content_stems(words)) & self.before.stems)

    @cached_property
    def _numbers_after(self) -> frozenset[str]:
        return frozenset().union(*(numbers_of(one.text) for one in (self.sentence, *self.rest)))

    @cached_property
    def _undone(self) -> tuple[tuple[str, ...], ...]:
        """What its speaker cannot do after all: the words with content of each clause, the verb first."""
        if not has_phrase(self.sentence.words, _BACKING_OUT):
            return ()
        return tuple(
            tuple(content_stems(after))
            for clause in clauses_of(self.sentence.tokens)
            for after in _after(clause.words, _UNABLE, deniable=False)
            if after[:1] and after[0] not in _IDIOMS
        )

    @cached_property
    def _scrapped(self) -> frozenset[str]:
        """The numbers of which it names nothing but the number: "scrap the fifth"."""
        found = _not_but(self.sentence.words)
        for clause in clauses_of(self.sentence.tokens):
            words = clause.words[1:] if clause.words[0] in ("so", "then", "okay", "and", "no") else clause.words
            if words[:1] and words[0] in _SCRAPPING:
                named = [word for word in words[1:] if word not in STOP_WORDS]
                if len(named) <= _THING and not clause.refuses():
                    found |= numbers_of(" ".join(words[1:]))
        return found

    def _corrects(self, wanted: Collection[str], said: Collection[str]) -> bool:
        """Whether it is said of the sentence before, and that one is about the claim: "Seven is too early. Scratch that"."""
        if self.before is None or not self._said_before:
            return False
        after = self._numbers_after
        if after and numbers_of(self.before.text) & frozenset(said) and not after & frozenset(said):
            return True
        named = frozenset(wanted) - _EMPTY - _TIMES
        about = bool(named & self.before.stems) or bool(numbers_of(self.before.text) & frozenset(said))
        return about and len(named & (self.before.stems | self.sentence.stems)) * 2 >= len(named) > 1

    def _backs_out(self, wanted: Collection[str], owner: str | None) -> bool:
        """Whether the owner cannot do it after all: "On second thoughts I can't get to the shop"."""
        if owner is None or self.sentence.speaker != owner:
            return False
        for words in self._undone:
            content = frozenset(words) - _TIMES - _EMPTY
            shared = content & frozenset(wanted)
            if shared - _MOVING and content - shared - _MOVING <= set(words[:1]):  # the verb may be another
                return True
        return False


def _after(words: Sequence[str], wanted: Collection[str], *, deniable: bool = True) -> Iterator[list[str]]:
    """What follows each of these phrases in a clause, unless it is denied: "I haven't changed my mind"."""
    text = f" {' '.join(words)} "
    for phrase in wanted:
        ahead, found, after = text.partition(f" {phrase} ")
        if not found:
            continue
        denied = any(word in _DENYING or word.endswith("n't") for word in ahead.split()[-_DENIED:])
        if not deniable or not denied:
            yield after.split()


def _named(words: Sequence[str]) -> Sequence[str]:
    """The thing at the beginning: "the launch" of "the launch by the way, the tenth is a holiday"."""
    return words[: next((at for at, word in enumerate(words) if word in _AFTER_THING and at), len(words))]


_AFTER_THING: Final = word_set("by it's is was are that because and but though it i we so when after")


def _held(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """What is to wait: "hold the order until I've talked to the landlord"."""
    until = next((place for place, word in enumerate(words) if word in ("until", "till")), 0)
    first = next((place for place, word in enumerate(words[:3]) if word in ("hold", "pause", "delay")), None)
    if first is not None and first < until and not {"not", "don't", "i", "we"} & set(words[:first]):
        yield words[first + 1 : until]


def _not_but(words: Sequence[str]) -> frozenset[str]:
    """The number that another one follows in its place: "not the seventh, the fourteenth"."""
    place = next((at for at, word in enumerate(words) if word == "not"), len(words))
    denied = numbers_of(" ".join(words[place + 1 : place + 3]))
    others = numbers_of(" ".join(words[place + 3 :]))
    return denied if others - denied else frozenset()


def second_thoughts(sentences: Sequence[Sentence]) -> Iterator[SecondThought]:
    """Those of one turn."""
    for place, sentence in enumerate(sentences):
        if sentence.question:
            continue
        marked = any(has_phrase(sentence.words, kind) for kind in (_ABOUT, _WRONG, _SAID, _BACKING_OUT))
        if marked or (_SCRAPPING | {"not", "hold", "pause", "delay"}) & set(sentence.words):
            yield SecondThought(sentence, sentences[place - 1] if place else None, sentences[place + 1 : place + 3])
