"""Claims that the meeting takes back later: "we will not ship after all", "scratch that".

Belongs here: finding such clauses once per meeting, and comparing them with a claim. Must not go here: negation inside the
quote itself (``support.py``).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.second_thoughts import SecondThought, second_thoughts
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import is_choice
from meeting_pipeline.domain.verification.wordlists import DATE_WORDS, GENERIC_WORDS
from meeting_pipeline.domain.verification.words import Sentence, content_stems
from meeting_pipeline.domain.word_sets import phrases, word_set

_REVOKING: Final = phrases("""
    take back / taken back / took back / take it back / take that back / taking back / scratch that / forget that /
    forget it / forget about / never mind / nevermind / call off / called off / calling off / call it off / changed our
    minds / changed my mind / changed our mind / change of plan / no longer / on second thought / revoke / revoked /
    withdraw / withdrawn / reverse / reversed / overturn / overturned / undo / cancel / cancelled / canceled /
    cancelling / scrap / scrapped / abandon / abandoned / drop the / dropped the / drop that / is off the table / off
    the table / strike that / instead of / rather than / after all / decided against / overruled / not going ahead /
    stop the / hold off / put on hold / on hold / is off / that's off / it's off / is dead / forget the / is out / are
    out / that's out / won't happen / isn't happening / not happening / ruled out / fell through / falls through /
    fallen through / shelve / shelved / is history / off the list / no go / we can forget / is cancelled / is postponed
    / on ice
    """)
_POINTING: Final = phrases("""
    take back that / take that back / take it back / scratch that / forget that / forget it / never mind / nevermind /
    strike that / changed my mind / changed our mind / changed our minds / on second thought / cancel that / drop that /
    please don't / don't do that / don't bother / no need / undo that / reverse that / withdraw that / revoke that /
    call it off / call that off / forget about it / forget about that / that's off / it's off / that's out / it's out
    """)
_CHANGING: Final = word_set(
    "move moved moving make postpone postponed reschedule rescheduled change changed shift shifted push"
)
_IT: Final = frozenset(("it", "that", "them", "this", "those"))
_LIMITING: Final = frozenset(("before", "until", "till", "without", "only", "later"))
_REPLACING: Final = frozenset(("instead", "rather", "replace", "replaced"))
_GENERIC_STEMS: Final = frozenset(stem(word) for word in GENERIC_WORDS)
_MODALS: Final = word_set("""
    will won't wont would shall should can can't cannot must going need needs do don't dont does doesn't are aren't is
    isn't we i let's decided agreed not no
    """)


@dataclass(frozen=True)
class Revocation:
    """The sentence that takes something back. ``replaces``: it puts something else in its place."""

    sentence: Sentence
    replaces: bool


@dataclass(frozen=True)
class _Turn:
    """A clause that may take something back. ``pointing``: it names nothing, and means what was said just before.

    ``changes``: numbers and days that it puts in the place of others. ``before``: the last sentence before it that says
    something. ``chooses``: it names another choice, "grey it is".
    """

    sentence: Sentence
    clause: Clause
    stems: frozenset[str]
    revokes: bool
    pointing: bool
    changes: frozenset[str] = frozenset()
    before: Sentence | None = None
    chooses: bool = False

    @property
    def content(self) -> bool:
        """Whether it says itself what is taken back."""
        return not self.pointing and len(self.stems - _GENERIC_STEMS) > 1


class TakenBack:
    """The clauses of a meeting that may take something back, found by their words."""

    def __init__(self, segments: Iterable[Sequence[Sentence]]) -> None:
        self._turns: list[_Turn] = []
        self._by_stem: dict[str, list[int]] = {}
        self._pointing: list[int] = []
        self._second_thoughts: list[SecondThought] = []
        before: Sentence | None = None
        for sentences in segments:
            self._second_thoughts.extend(second_thoughts(sentences))
            turns = list(_turns(sentences, before))
            before = next((one for one in reversed(sentences) if _says_something(one)), before)
            for turn in turns:
                number = len(self._turns)
                self._turns.append(turn)
                for found in turn.stems:
                    self._by_stem.setdefault(found, []).append(number)
                if turn.chooses or (turn.pointing and not any(other.content for other in turns)):
                    self._pointing.append(number)

    def find(
        self,
        content: Collection[str],
        own: Sequence[Sentence],
        *,
        negated: bool,
        owner: str | None = None,
        numbers: Collection[str] = (),
    ) -> "Revocation | None":
        """What takes a claim back later; ``None`` if nothing does. ``negated``: the claim itself is negative.

        ``numbers``: those of the claim, which are no words of its content.
        """
        wanted = frozenset(content) - _GENERIC_STEMS or frozenset(content)
        if not own or not wanted:
            return None
        after = max(sentence.order for sentence in own)
        for number in self._candidates(wanted):
            turn = self._turns[number]
            if turn.sentence.order > after and self._applies(turn, wanted, own, owner, negated=negated):
                return Revocation(
                    turn.sentence, turn.chooses or bool(turn.changes) or bool(_REPLACING & set(turn.sentence.words))
                )
        if negated:
            return None
        thoughts = (one for one in self._second_thoughts if one.sentence.order > after)
        back = next((one for one in thoughts if one.takes_back(wanted, own, numbers, owner)), None)
        return None if back is None else Revocation(back.sentence, replaces=back.replaces)

    def _candidates(self, wanted: frozenset[str]) -> Iterator[int]:
        yield from self._pointing[: policies.TAKEN_BACK_CANDIDATES]
        rare = sorted((self._by_stem.get(word, []) for word in wanted), key=len)
        found = dict.fromkeys(number for numbers in rare for number in numbers[: policies.TAKEN_BACK_CANDIDATES])
        yield from list(found)[: policies.TAKEN_BACK_CANDIDATES]

    def _applies(
        self, turn: _Turn, wanted: frozenset[str], own: Sequence[Sentence], owner: str | None, *, negated: bool
    ) -> bool:
        if self._is_anothers(turn, owner):
            return False
        if turn.pointing:
            near = 0 <= turn.sentence.segment - own[-1].segment <= policies.EVIDENCE_NEIGHBOURS
            return near and turn.before is not None and (turn.before in own or _continues(turn.before, wanted))
        if turn.chooses:
            near = 0 <= turn.sentence.segment - own[-1].segment <= policies.REASSIGNED_SEGMENTS
            about = turn.before is not None and turn.before not in own and bool(wanted & turn.before.stems)
            return near and about and not turn.stems & wanted
        if turn.changes and self._changes(turn, wanted, own):
            return True
        share = len(wanted & turn.stems) / len(wanted)
        if turn.revokes:
            return share >= 0.5 and not negated
        enough = share >= policies.TAKEN_BACK_SHARE and (len(wanted & turn.stems) > 1 or len(wanted) == 1)
        return enough and turn.clause.negated(turn.clause.places(wanted), refusing=True) != negated

    def _changes(self, turn: _Turn, wanted: frozenset[str], own: Sequence[Sentence]) -> bool:
        """Whether the same thing gets another day or number."""
        before = frozenset().union(*(_times(sentence.words) for sentence in own))
        subject = wanted - {stem(word) for word in before}
        return _differ(before, turn.changes) and len(subject & turn.stems) * 2 >= len(subject) > 0

    def _is_anothers(self, turn: _Turn, owner: str | None) -> bool:
        """Whether somebody else says that they themselves will not do it."""
        first = {"i", "i'll", "i'm"} & set(turn.clause.words)
        return owner is not None and bool(first) and turn.sentence.speaker != owner


def _differ(before: frozenset[str], after: frozenset[str]) -> bool:
    """Whether another number, or without numbers another day, takes the place of the first."""
    old, new = ({word for word in times if word[0].isdigit()} for times in (before, after))
    if old or new:
        return bool(old and new) and not old & new
    return bool(before and after) and not before & after


def _times(words: Sequence[str]) -> frozenset[str]:
    """Numbers and days among the words."""
    return numbers_of(" ".join(words)) | {word for word in words if word in DATE_WORDS and not word.startswith("to")}


def _says_something(sentence: Sentence) -> bool:
    return sentence.question or len(content_stems(sentence.tokens)) > 1


def _continues(sentence: Sentence, wanted: frozenset[str]) -> bool:
    """Whether the sentence speaks of the same thing, and asks nothing that the next one would answer."""
    return not sentence.question and bool(wanted & sentence.narrow_stems)


def _breaks_off(sentence: Sentence, phrases: Sequence[str]) -> bool:
    """Whether a comma follows the phrase at the beginning: "No need, the hotel does that"."""
    length = max(len(phrase.split()) for phrase in phrases)
    return sentence.tokens[length : length + 1] == [","]


def _turns(sentences: Sequence[Sentence], before: Sentence | None) -> Iterator[_Turn]:
    last = before
    for sentence in sentences:
        before, last = last, sentence if _says_something(sentence) else last
        if sentence.question:
            continue
        for clause in clauses_of(sentence.tokens):
            said = f" {' '.join(clause.words)} "
            opening = clause.start == 0 and any(said.startswith(f" {phrase} ") for phrase in _POINTING)
            pointing = [phrase for phrase in _POINTING if f" {phrase} " in said]
            phrases = [*pointing, *(phrase for phrase in _REVOKING if f" {phrase} " in said)]
            if phrases == ["after all"] and not clause.strong and sentence.words[0] != "no":
                phrases = []  # "we will do it after all" confirms
            revokes = bool(phrases) and (not clause.strong or bool(pointing))
            stems = frozenset(content_stems(clause.words))
            rest = stems - {found for phrase in phrases for found in content_stems(phrase.split())} - _GENERIC_STEMS
            refuses = clause.refuses() and bool(_MODALS & set(clause.words)) and not _LIMITING & set(clause.words)
            pointing_only = revokes and bool(pointing) and (not rest or (opening and _breaks_off(sentence, pointing)))
            changes = _times(clause.words) if _CHANGING & set(clause.words) and not clause.strong else frozenset()
            if refuses and _IT & set(clause.words):  # "the rent stays, we won't raise it"
                stems |= frozenset(content_stems(sentence.tokens))
            chooses = is_choice(clause.words)
            if revokes or refuses or changes or chooses:
                revokes = revokes and not clause.strong
                yield _Turn(sentence, clause, stems, revokes, pointing_only, changes, before, chooses)
