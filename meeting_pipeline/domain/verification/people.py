"""Who a claim names: do they speak there, were they mentioned, and is it them that the words are about?

Belongs here: owners of tasks, and people who decide. Must not go here: names of speakers (``introductions.py``).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.replies import answer_to
from meeting_pipeline.domain.verification.wordlists import listed
from meeting_pipeline.domain.verification.words import MARKS, UNITS, Sentence, stem, tokens_of

_I: Final = frozenset(("i", "i'll", "i'm", "i'd", "i've", "me", "myself", "mine"))
_FIRST: Final = frozenset(("i", "i'll", "i'm"))
_ASKED: Final = listed("you somebody someone anybody anyone")
_DUTY: Final = listed("""
    will can could should need must have please are would to take do
    """)
_TITLES: Final = listed("mr mrs ms dr prof the a an and of team")
_AS_SUBJECT: Final = listed("""
    will would can could should shall must to is needs has has please you and agreed , : 'll does do takes takes sends
    gets was
    """)


def owner_reason(
    meeting: Meeting, owner: str, own: Sequence[Sentence], near: Sequence[Sentence], content: Collection[str]
) -> str | None:
    """Why the owner of a task is not supported; ``None`` if it is."""
    known = person_reason(meeting, owner, near, mentioned=True)
    if known is not None:
        return known
    main = _main(own, content)
    if main is None:
        return None
    part = _part(main, content)
    if owner == main.speaker and _is_of_others(part, content):
        return "owner_is_another"
    subjects = _named_in(meeting, part) or (
        [] if part is not main and _first_person(part) else _named_in(meeting, main)
    )
    if _is(meeting, owner, subjects):
        return None
    others = [person for person in subjects if person != main.speaker]
    if others and not _first_person(part):
        if any(person in meeting.labels for person in others):
            return "owner_is_another"
        return None if answer_to(meeting, own) == owner or _answers(own, owner) else "owner_is_another"
    if _first_person(part):
        return (
            None
            if owner == main.speaker or _is_called(meeting, owner, main.speaker) or _answers(own, owner)
            else "owner_is_another"
        )
    if _asks_another(main) and owner == main.speaker:
        return None if answer_to(meeting, own) == owner else "owner_is_another"
    answered = answer_to(meeting, own) if _asks_another(main) else None
    return None if answered is None or answered == owner or owner not in meeting.labels else "owner_is_another"


def person_reason(meeting: Meeting, person: str, near: Sequence[Sentence], *, mentioned: bool) -> str | None:
    """Why a person cannot be meant there: says nothing there and is not mentioned; ``None`` if it can."""
    if person in meeting.labels:
        if any(sentence.speaker == person for sentence in near):
            return None
        names = meeting.name_words.get(person, frozenset())
        return None if mentioned and any(names & set(sentence.words) for sentence in near) else "owner_did_not_speak"
    words = [word for word in tokens_of(person) if word not in _TITLES and word[0].isalnum()]
    said = {word.removesuffix("'s") for sentence in near for word in sentence.words}
    participant = person.casefold() in meeting.participants
    if words and (all(word in said for word in words) or (participant and any(word in said for word in words))):
        return None
    return "owner_did_not_speak" if participant else "owner_unknown"


def first_person_reason(
    meeting: Meeting, people: Iterable[str], own: Sequence[Sentence], content: Collection[str]
) -> str | None:
    """Why "I decided" cannot be somebody else's decision; ``None`` if the people fit."""
    main = _main(own, content)
    given = list(people)
    if main is None or not given or not {"i", "i've"} & set(main.words) or {"we", "we've", "let's"} & set(main.words):
        return None
    if any(person == main.speaker or _is_called(meeting, person, main.speaker) for person in given):
        return None
    return "owner_is_another"


def _main(own: Sequence[Sentence], content: Collection[str]) -> Sentence | None:
    wanted = frozenset(content)
    return max(own, key=lambda sentence: len(wanted & sentence.stems), default=None)


def _part(sentence: Sentence, content: Collection[str]) -> Sentence:
    """The clause that says it, as a sentence of its own; the whole sentence if no clause says it alone."""
    wanted = frozenset(content)
    clauses = clauses_of(sentence.tokens)
    verb = frozenset(list(content)[:1])
    best = max(
        clauses,
        key=lambda clause: (
            bool(set(clause.stems) & verb),
            len(wanted & set(clause.stems)),
            bool(_FIRST & set(clause.words)),
        ),
        default=None,
    )
    if best is None or not wanted & set(best.stems):
        return sentence
    if not (_FIRST | _AS_SUBJECT) & set(best.words) and not any(_is_third_person(word) for word in best.words[1:3]):
        return sentence
    raw = [token for token in tokens_of(sentence.text, fold=False) if token not in MARKS and token not in UNITS]
    return replace(sentence, text=" ".join(raw[best.start : best.start + len(best.words)]))


def _is_of_others(part: Sentence, content: Collection[str]) -> bool:
    """Whether it is what "she", "he" or "they" will do, right before the verb: "she'll bring the papers"."""
    wanted, words = frozenset(content), part.words
    for place, word in enumerate(words):
        who, _, short = word.partition("'")
        following = words[place + 1 : place + 2]
        if who not in _OTHERS or not (short in ("ll", "re", "s") or (following[:1] and following[0] in _WILL)):
            continue
        ahead = words[place + 1 : place + 5]
        if any(stem(one) in wanted or one in ("come", "go") for one in ahead) and not _FIRST & set(words[place:]):
            return True
    for place in range(2, len(words) - 1):
        ahead = words[place + 1 : place + 4]
        does = any(stem(one) in wanted or one in ("take", "taking", "do", "doing") for one in ahead)
        if does and words[place - 2] in _POSSESSIVE and words[place] in _WILL and not _FIRST & set(words):
            return True
    return False


_POSSESSIVE: Final = frozenset(("my", "our", "his", "her", "their", "your"))
_OTHERS: Final = frozenset(("he", "she", "they"))
_WILL: Final = listed("will would can could should shall must is are has have needs need want wants plan plans")


def _first_person(sentence: Sentence) -> bool:
    """Whether the sentence is about what its speaker does: "I will", not "I'd like you to"."""
    pairs = pairwise(sentence.words)
    if any(one in ("want", "need", "like", "ask") and other in _ASKED for one, other in pairs):
        return False
    for clause in clauses_of(sentence.tokens):
        words = clause.words
        for place, word in enumerate(words):
            if word in _I - {"me", "mine"} and (
                place == 0 or words[place - 1] not in ("do", "can", "should", "must", "if", "that")
            ):
                return True
    return "let me" in " ".join(sentence.words)


def _asks_another(sentence: Sentence) -> bool:
    words = sentence.words
    if "please" in words or (sentence.question and _ASKED & set(words)) or _orders(words):
        return True
    pairs = pairwise(words)
    return any(
        (one in _ASKED and other in _DUTY)
        or (one in ("want", "need", "like", "ask") and other in _ASKED)
        or (one == "you'll" and other not in ("have", "get"))
        for one, other in pairs
    )


def _orders(words: Sequence[str]) -> bool:
    """Whether the sentence tells somebody to do something for its speaker: "Rosa, send me the draft"."""
    place = next((at for at, word in enumerate(words[:4]) if word == "me" and at), 0)
    return (
        place > 0
        and words[place - 1] not in _BEFORE_ME
        and not _SUBJECTS & {one.partition("'")[0] for one in words[:place]}
    )


_BEFORE_ME: Final = listed("let excuse trust believe to for with from of at about ask forgive like")
_SUBJECTS: Final = listed("i we he she they it that this you what who which and")


def _answers(own: Sequence[Sentence], owner: str) -> bool:
    """Whether the quote itself holds the owner's answer to somebody else."""
    return (
        len({sentence.speaker for sentence in own}) > 1
        and max(own, key=lambda sentence: sentence.order).speaker == owner
    )


def _named_in(meeting: Meeting, sentence: Sentence) -> list[str]:
    """People who are named as the one to do it: labels where the name is a speaker's, otherwise the word."""
    tokens = sentence.tokens
    known = {word: label for label, words in meeting.name_words.items() for word in words}
    others = {word for name in meeting.participants for word in tokens_of(name)} | _capitalised(sentence)
    found: list[str] = []
    for place, token in enumerate(tokens):
        if token not in known and token not in others:
            continue
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        called = place == 0 or tokens[place - 1] in (",", "and", "or", "then", "so", "okay", "for", "by")
        addressed = place + 1 == len(tokens) and place > 0 and (tokens[place - 1] == "," or sentence.question)
        if (
            ((after in _AS_SUBJECT or _is_third_person(after)) and called)
            or after in ("will", "can", "should", "please", "needs", "must")
            or addressed
        ):
            found.append(known.get(token, token))
    return found


def _is_third_person(verb: str) -> bool:
    """Whether a verb has the form of he and she: "so Paul chairs the evening"."""
    return len(verb) > 3 and verb.isalpha() and verb.endswith("s") and not verb.endswith(("ss", "us"))


def _capitalised(sentence: Sentence) -> set[str]:
    raw = tokens_of(sentence.text, fold=False)
    return {
        word.casefold()
        for place, word in enumerate(raw)
        if word[0].isupper()
        and word.isalpha()
        and word != "I"
        and (place > 0 or raw[1:2] in ([","], ["will"], ["can"], ["please"]))
    }


def _is(meeting: Meeting, owner: str, people: Sequence[str]) -> bool:
    words = set(tokens_of(owner)) if owner not in meeting.labels else {owner}
    return any(person == owner or person in words for person in people)


def _is_called(meeting: Meeting, name: str, label: str) -> bool:
    """Whether the name is the label's, or may be: the speaker's name is not known, and a participant has it."""
    folded = name.casefold()
    return folded in meeting.names.get(label, frozenset()) or folded in meeting.name_words.get(label, frozenset())
