"""Questions that offer a choice, and what was chosen: after "Roses or tulips?" "Tulips.", a claim about roses is false.

Must not go here: other numbers that are put in the place of one (``countered.py``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.domain.verification.commitment_phrases import ASKING
from meeting_pipeline.domain.verification.numbers import number_tokens, numbers_of
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import MONTHS, SUBJECTS
from meeting_pipeline.domain.verification.words import MARKS, Sentence, content_stems
from meeting_pipeline.domain.word_sets import word_set

_ANSWERS: Final = 3
"""Sentences after the question in which the choice is made."""
_LONGEST: Final = 3
"""Words with content on one side of the "or"; more is a question of its own."""


def not_chosen(wording: Wording, said: Said) -> bool:
    """Whether the claim has the one of two that the answer leaves out, and not the one that it names."""
    claimed = frozenset(wording.content) | numbers_of(wording.plain) | frozenset(wording.names())
    sentences = sorted({*said.before, *said.own, *said.near}, key=lambda sentence: sentence.order)
    for place, sentence in enumerate(sentences):
        asks = _asks(sentence)
        for first, second in _sides(sentence):
            if not asks and not all(one.isdigit() for one in first | second):
                continue
            found = _choice(first, second, sentence, sentences[place + 1 :])
            if found is None:
                continue
            chosen, by = found
            left = second if chosen == first else first
            if left & claimed and not chosen & claimed and not _names_later(said, by, left, chosen):
                return True
    return False


def _names_later(said: Said, choice: Sentence, side: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the claim's own words are a turn after the choice that takes this side: "Tea for me." "Coffee for me."."""
    return any(
        sentence.segment > choice.segment
        and not sentence.question
        and not any(clause.strong for clause in clauses_of(sentence.tokens) if side & set(clause.stems))
        and (_names_alone(sentence, side, other) or _puts_in_place(sentence, side))
        for sentence in said.own
    )


def _names_alone(sentence: Sentence, side: frozenset[str], other: frozenset[str]) -> bool:
    words = sentence.narrow_stems | numbers_of(sentence.text)
    return bool(side & words) and not other & words


def _puts_in_place(sentence: Sentence, side: frozenset[str]) -> bool:
    """Whether it is "No, tulips, the roses die"."""
    parts = [_until_mark(sentence.tokens[at + 1 :]) for at, token in enumerate(sentence.tokens) if token in MARKS]
    return sentence.words[:1] == ["no"] and any(part and _is_bare(part, side) for part in parts)


def _asks(sentence: Sentence) -> bool:
    """Whether it is a question, with a mark or, in a transcript without marks, by its first words."""
    words = [word for word in sentence.words[:4] if word not in ("so", "and", "okay", "ok", "but", "well")]
    return sentence.question or (
        not sentence.text.rstrip().endswith((".", "!"))
        and len(words) > 1
        and words[0] in ASKING
        and words[1] in SUBJECTS
    )


def _sides(sentence: Sentence) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """The words on both sides of each "or", without what both sides have; as many words to the left as to the right."""
    tokens = number_tokens(sentence.text)
    for place in (at for at, word in enumerate(tokens) if word == "or"):
        after = _until_mark(tokens[place + 1 :])
        right = _keys(after)
        left = _keys([*reversed(_until_mark(tokens[place - 1 :: -1] if place else []))])
        if after[-1:] and after[-1] in ("one", "ones") and left[1:]:
            left = left[:-1]  # "the blue shirts or the black ones"
        left = left[-len(right) :] if right else []
        first, second = frozenset(left) - frozenset(right), frozenset(right) - frozenset(left)
        if first and second and len(right) <= _LONGEST:
            yield first, second


def _until_mark(tokens: Sequence[str]) -> Sequence[str]:
    return tokens[: next((at for at, word in enumerate(tokens) if word in MARKS or word == "or"), len(tokens))]


def _keys(tokens: Sequence[str]) -> list[str]:
    """The words that tell one choice from another: content and numbers, in their order."""
    found: list[str] = []
    for token in (one for one in tokens if one not in MONTHS):
        found.extend(numbers_of(token, claim=True) or content_stems([token]))
    return found


def _takes(sentence: Sentence, side: frozenset[str]) -> bool:
    """Whether a part of the sentence chooses this side: "Take the nineteenth, the eighteenth is the council meeting"."""
    return any(
        words[:1] and words[0] in _CHOOSING and side & frozenset(_keys(number_tokens(" ".join(words))))
        for words in (_until_mark(sentence.tokens[at:]) for at in range(len(sentence.tokens)))
    )


_CHOOSING: Final = frozenset(("take", "choose", "pick", "let's", "then", "better", "rather"))


def _choice(
    first: frozenset[str], second: frozenset[str], asked: Sentence, after: Sequence[Sentence]
) -> tuple[frozenset[str], Sentence] | None:
    """The side that the next words name alone, and the last that does; ``None`` if they name both or none, or deny something."""
    found: dict[frozenset[str], Sentence] = {}
    for sentence in after[:_ANSWERS]:
        said = sentence.narrow_stems | numbers_of(sentence.text)
        if sentence.question or sentence.segment - asked.segment > _ANSWERS:
            break
        named = {side for side in (first, second) if side & said}
        if len(named) > 1:
            named = {
                side
                for side in (first, second)
                if _takes(sentence, side) and not _takes(sentence, first ^ second ^ side)
            }
        if named and any(clause.strong for clause in clauses_of(sentence.tokens)):
            return None
        if len(named) == 1 and _is_bare(sentence.words, frozenset().union(*named)):
            return named.pop(), sentence  # "Eva. Ewa is the other one."
        found.update(dict.fromkeys(named, sentence))
    return next(iter(found.items())) if len(found) == 1 else None


def _is_bare(words: Sequence[str], side: frozenset[str]) -> bool:
    """Whether the words are nothing but the choice: "Tulips, please", and not "I like tulips"."""
    return all(stem(word) in side or numbers_of(word) & side or word in _AROUND for word in words)


_AROUND: Final = word_set("the a an of then please yes just it's definitely ok okay well oh and so no")
