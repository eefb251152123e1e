"""The words of the meeting for a claim: the quoted sentences, those near them, and those that they refer back to.

Must not go here: the wording of a claim (``wording.py``), comparing the two (``support.py``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from meeting_pipeline.domain.verification.numbers import counts_something, numbers_of, with_scale_of_others
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wordlists import META_WORDS, SUBJECTS, TIME_WORDS
from meeting_pipeline.domain.verification.words import Sentence, content_stems
from meeting_pipeline.domain.word_sets import has_phrase, word_set

META_STEMS: Final = frozenset(stem(word) for word in META_WORDS)
"""Stems of ``META_WORDS``."""
_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)
_REFERRING: Final = word_set("""
    it that this them they those these so one ones do does did same both there him her he she
    """)
_ANSWERING: Final = word_set(
    "yes yeah yep yup sure certainly absolutely definitely gladly agreed aye will okay ok fine alright right great then approved "
    "granted confirmed deal settled good perfect exactly"
)
"""As the first word of a sentence they answer what was said before."""
_DENYING: Final = frozenset(("no", "nope", "nah", "not", "never", "hm", "true", "exactly", "correct"))
"""So do these."""
_ACCEPTING: Final = frozenset(
    (
        "will do",
        "can do",
        "of course",
        "on it",
        "happy to",
        "sure thing",
        "no problem",
        "yes please",
        "sure",
        "i'm on it",
        "i will",
        "leave it to me",
        "i'll do that",
        "i'll do it",
    )
)
_PROMISING: Final = ("i'll", "i will", "i can", "let me", "i'm going to")
_SHORT: Final = 2
"""Content words of a promise that leaves the rest to what was said before: "I'll write the letter"."""
_UNSPOKEN: Final = _TIME_STEMS | frozenset(
    stem(word) for word in word_set("fine good okay right great keep leave decide settle half quarter")
)
"""Words with which a short sentence settles what was spoken of: "Wednesday at three is fine", "we keep half past six"."""
_PARTS_OF_NUMBERS: Final = frozenset(("half", "quarter"))


@dataclass(frozen=True)
class Said:
    """What was said: the quoted sentences, everything near them, and the words and numbers that may be used besides.

    ``free_numbers`` belong to the due date, and may differ from those of the claim.
    """

    own: Sequence[Sentence]
    near: Sequence[Sentence]
    names: frozenset[str] = frozenset()
    free_numbers: frozenset[str] = frozenset()
    before: Sequence[Sentence] = ()
    """What was said earlier, if the quoted words point back: only what they mean is looked up there."""
    mentioned: frozenset[str] = frozenset()
    """Names of the sentences before, if the quoted ones name nobody."""
    quoted_numbers: frozenset[str] = frozenset()
    """The numbers of the quote itself; the rest of its sentences may have others."""
    replying: bool = False
    """Whether the quoted words follow a question of somebody else."""
    asked: Sequence[Sentence] = ()
    """What quoted words that point back answer; empty for others."""

    @cached_property
    def own_numbers(self) -> frozenset[str]:
        """The numbers of the quoted sentences."""
        return frozenset().union(*(numbers_of(sentence.text) for sentence in self.own))

    def numbers_about(self, content: Collection[str]) -> frozenset[str]:
        """The numbers of the quoted sentences, and of those near that speak of the same thing."""
        wanted = frozenset(content)
        same = (sentence for sentence in (*self.before, *self.near) if not wanted or wanted & sentence.stems)
        bare = (
            one
            for one in (*self.before, *self.near)
            if self.refers_back and set(content_stems(one.tokens)) <= _PARTS_OF_NUMBERS
        )
        return frozenset().union(
            self.own_numbers, *(numbers_of(sentence.text) for sentence in (*same, *bare, *self.asked))
        )

    @cached_property
    def in_thousands(self) -> frozenset[str]:
        """Quoted numbers that count nothing themselves, in thousands where others speak of thousands: "accept twenty-five"."""
        talk = [token for sentence in (*self.before, *self.near, *self.asked) for token in sentence.tokens]
        bare = {
            number
            for sentence in self.own
            for number in numbers_of(sentence.text)
            if not counts_something(sentence.text, number)
        }
        small = {f"{number}000" for number in bare if len(number) == 1 and number != "0" and "thousand" in talk}
        return frozenset(with_scale_of_others(talk, bare) | small)

    @cached_property
    def own_stems(self) -> frozenset[str]:
        """Stems of the quoted sentences."""
        return frozenset().union(*(sentence.stems for sentence in self.own))

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of everything near."""
        return frozenset().union(self.own_stems, *(sentence.stems for sentence in (*self.before, *self.near)))

    @cached_property
    def own_clauses(self) -> frozenset[tuple[str, ...]]:
        """The stems of each clause of the quoted sentences."""
        return frozenset(clause.stems for sentence in self.own for clause in clauses_of(sentence.tokens))

    @cached_property
    def refers_back(self) -> bool:
        """Whether the quoted sentences point to what was said before: "I'll do that"."""
        words = {word.partition("'")[0] for one in self.own for word in one.words[one.words[:1] == ["so"] :]}
        answering = any(
            sentence.words[:1]
            and (
                "yes" in sentence.words[:4] or sentence.words[0] in _ANSWERING or sentence.words[:2] == ["all", "right"]
            )
            for sentence in self.own
        )
        promising = any(has_phrase(one.words[:4], _PROMISING) for one in self.own) and len(self._content) <= _SHORT
        little = len([one for one in self._content if one not in _UNSPOKEN]) <= 1
        return (
            self.replying or promising or answering or bool(self.settled) or bool(_REFERRING & words) or little
        )  # fmt: skip

    @cached_property
    def settled(self) -> frozenset[str]:
        """The content of quoted sentences that only name what it shall be: "Old tune then"."""
        return frozenset(
            one
            for sentence in self.own
            if _settles(sentence.words)
            for one in content_stems(sentence.words[: sentence.words.index("then")])
            if one not in _WELCOMING
        )

    @cached_property
    def answers(self) -> bool:
        """Whether the quoted sentences answer what was said just before: a question, or with a "yes" or "no"."""
        first = [sentence.words[0].partition("'")[0] for sentence in self.own if sentence.words]
        questions = any(sentence.question for sentence in self.asked[-1:])
        return questions or bool((_ANSWERING | _DENYING) & set(first))

    @cached_property
    def _content(self) -> list[str]:
        return content_stems(token for sentence in self.own for token in sentence.tokens)

    @cached_property
    def chooses(self) -> bool:
        """Whether a quoted sentence chooses without its own verb: "Grey it is"."""
        return any(is_choice(sentence.words) for sentence in self.own)

    @property
    def says_little(self) -> bool:
        """Whether the quoted sentences have next to no content of their own."""
        if any(_ACCEPTING & _openings(sentence.words) for sentence in self.own):
            return True  # "Will do, I've got something in mind"
        return len([word for word in self._content if word not in META_STEMS | _TIME_STEMS]) <= 1


def _settles(words: Sequence[str]) -> bool:
    """Whether the words only name what it shall be: "Old tune then", "Seven, then"."""
    if "then" not in words[1:5] or len(words) > _SETTLING_WORDS:
        return False
    return not SUBJECTS & {word.partition("'")[0] for word in words}


_SETTLING_WORDS: Final = 8
"""Words of a sentence that only names what it shall be; a longer one says more."""
_WELCOMING: Final = frozenset(
    stem(word) for word in word_set("better even great perfect lovely good fine right brilliant nice")
)
"""They tell what somebody thinks of it: "Even better, no tent then"."""


def _openings(words: Sequence[str]) -> frozenset[str]:
    """The first words of a sentence; of "I will call" not "I will", which accepts only as its own clause."""
    found = {" ".join(words[:length]) for length in (1, 2, 3, 4)}
    if words[:2] == ["i", "will"] and words[2:3] not in ([], ["i'm"], ["i"], ["i've"], ["i'll"], ["yes"]):
        found.discard("i will")
    return frozenset(found)


def is_choice(words: Sequence[str]) -> bool:
    """Whether the words name what was chosen: "Grey it is, then"."""
    last = [word for word in words if word not in ("then", "so", "okay", "fine", "right")]
    return len(last) > 2 and last[-2:] == ["it", "is"] and last[0] not in ("what", "how", "that's")
