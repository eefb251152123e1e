"""Sentences of a meeting about what became of something: "I sent it on Tuesday", "the launch slips to the 15th".

Belongs here: finding them once per meeting, and what each says. English only: in other languages only items are
compared. Must not go here: which commitment one is about (``linking.py``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from meeting_pipeline.domain.commitments.done_sentences import (
    CONDITIONAL,
    answers_done,
    denies,
    says_done,
    says_not_done,
)
from meeting_pipeline.domain.commitments.people import folded_words, plain_words
from meeting_pipeline.domain.commitments.values import CommitmentState, Report
from meeting_pipeline.domain.due_dates import resolve_due
from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.wordlists import TIME_WORDS
from meeting_pipeline.domain.verification.words import Sentence, sentences_of
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

MOST: Final = 400
"""Reports of one meeting: three hours of status talk have fewer."""
_SENTENCE_CHARACTERS: Final = 400
"""Longer sentences come from transcripts without punctuation: it is unclear which of their words belong together."""
_DROPPING: Final = phrases("""
    drop / dropped / dropping / cancel / cancelled / canceled / cancelling / called off / call off / calling off / scrap
    / scrapped / abandon / abandoned / shelve / shelved / off the table / decided against / not going ahead / fell
    through / off the list / no longer need / no longer needed / no longer necessary / no longer do / no longer want /
    decided not to / forget about
    """)
_NOT_DROPPING: Final = phrases("drop off / drop by / drop you / dropped off / drop in")
_REFUSING: Final = phrases("""
    not going to / won't / will not / don't need / do not need / don't have to / doesn't need / needn't / aren't going to
    / are not going to / isn't going to
    """)
_AFTER_ALL: Final = phrases("after all / any more / anymore / any longer")
_SLIPPING: Final = phrases("""
    need until / needs until / need till / slip / slips / slipped / slipping / postpone / postponed / pushed / push /
    push back / pushed back / moves to / moved to / move to / delayed / delay / delays / not before / late / instead /
    reschedule / rescheduled / takes until / take until / extend / extended / won't make it
    """)
_POSTPONED: Final = phrases("pushed back / postponed / delayed / rescheduled / put off / slipped / slips")
"""With a time, these say that something slipped, whatever else was done: "it has been pushed back to Friday"."""
_TAKING: Final = phrases("""
    i'll take over / i will take over / i take over / i'm taking over / i took over / i've taken over / i'll take / let
    me take over / i can take over / i am taking over
    """)
_GIVING: Final = phrases("""
    take over / takes over / taking over / taken over / took over / handed over to / hand over to / hands over to / hand
    it over to / passed to / instead
    """)
_REPLACING: Final = phrases("instead of / rather than / in place of")
_DUE_AFTER: Final = word_set("until till to by on for next tomorrow today before this")
_DUE_WORDS: Final = 6
"""Words after a preposition that may name a day: "by the end of next week"."""
_WHOLE: Final = 60
"""Words of a sentence in which a due date is looked for."""


def reports_of(
    segments: Iterable[Segment], name_of: Mapping[str, str | None], people: Iterable[str], day: date
) -> tuple[Report, ...]:
    """The reports of a meeting in their order, at most ``MOST``.

    ``name_of``: names of speaker labels; ``people``: everybody who is known; ``day``: of the meeting, from which dates
    are counted.
    """
    known = _known(people)
    found: list[Report] = []
    before: Sentence | None = None
    for segment in segments:
        for text in sentences_of(segment.text):
            sentence = Sentence(text.strip(), segment.index, segment.speaker, 0, 0)
            if len(text) <= _SENTENCE_CHARACTERS and not sentence.question and sentence.words:
                found += _reports(sentence, before, name_of.get(segment.speaker), known, day)
                if len(found) >= MOST:
                    return tuple(found[:MOST])
            before = sentence
    return tuple(found)


def _known(people: Iterable[str]) -> dict[str, str]:
    """Names by their first words; the first word alone if several people have it: then nobody knows which of them is meant."""
    found: dict[str, str] = {}
    for name in people:
        for word in {*folded_words(name)[:1], *plain_words(name)[:1]}:
            found[word] = name if found.get(word, name) == name else name.split()[0]
    return found


def _reports(
    sentence: Sentence, before: Sentence | None, speaker: str | None, known: Mapping[str, str], day: date
) -> Iterator[Report]:
    """What a sentence may report, the surest first: it depends on the commitment which of them fits."""
    words = sentence.words
    about = _said_before(sentence, before)
    if about is not None and about.question and answers_done(words):
        yield Report(sentence.segment, speaker, sentence.text, CommitmentState.DONE, about=about.text)
        return
    if about is not None and denies(words):
        yield Report(sentence.segment, speaker, sentence.text, CommitmentState.OPEN, about=about.text)
        return
    if words[0] in CONDITIONAL or "if" in words:
        return
    for state in _states(sentence, known, timed=bool(TIME_WORDS & set(words))):
        person = _person(words, speaker, known) if state is CommitmentState.HANDED_OVER else None
        if state is CommitmentState.HANDED_OVER and person is None:
            continue
        due_words, due = _due(words, day) if state is CommitmentState.SLIPPED else (None, None)
        yield Report(sentence.segment, speaker, sentence.text, state, person=person, due_date=due, due_words=due_words)


def _states(sentence: Sentence, known: Mapping[str, str], *, timed: bool) -> Iterator[CommitmentState]:
    """What the sentence may say, the surest first. ``open``: it is not done."""
    words = sentence.words
    clauses = clauses_of(sentence.tokens)
    strong = any(clause.strong for clause in clauses)
    if has_phrase(words, _REPLACING) and not strong:
        yield CommitmentState.SUPERSEDED
        return
    if has_phrase(words, _TAKING) and not timed:
        yield CommitmentState.HANDED_OVER
        return
    sure = False
    if timed and has_phrase(words, _POSTPONED) and not strong:
        sure = True
        yield CommitmentState.SLIPPED
    if _drops(words, strong=strong):
        sure = True
        yield CommitmentState.DROPPED
    if says_done(sentence, known):
        sure = True
        yield CommitmentState.DONE
    if sure:
        return
    if timed and has_phrase(words, _SLIPPING):
        yield CommitmentState.SLIPPED
    elif any(has_phrase(clause.words, _GIVING) and not clause.strong for clause in clauses):
        yield CommitmentState.HANDED_OVER
    elif says_not_done(sentence):
        yield CommitmentState.OPEN


def _drops(words: Sequence[str], *, strong: bool) -> bool:
    if has_phrase(words, _REFUSING):
        return has_phrase(words, _AFTER_ALL)
    if has_phrase(words, _NOT_DROPPING):
        return False
    said = has_phrase(words, _DROPPING)
    return said and (not strong or has_phrase(words, ("no longer", "decided not to")))


def _said_before(sentence: Sentence, before: Sentence | None) -> Sentence | None:
    """What somebody else said just before, to which a short answer belongs; ``None`` if it is too long to say about what."""
    if before is None or before.speaker == sentence.speaker or len(before.text) > _SENTENCE_CHARACTERS:
        return None
    return before


def _person(words: Sequence[str], speaker: str | None, known: Mapping[str, str]) -> str | None:
    """Who does it from now on: "I'll take over", "Anna will do it instead", "handed over to Anna"."""
    if has_phrase(words, _TAKING):
        return speaker
    named = [(place, known[word]) for place, word in enumerate(words) if word in known]
    for place, name in named:
        if words[place + 1 : place + 2] and words[place + 1] in ("will", "takes", "is", "can", "took", "does"):
            return name
        if place and words[place - 1] == "to":
            return name
    return speaker if {"i'll", "i"} & set(words[:2]) else None


def _due(words: Sequence[str], day: date) -> tuple[str | None, date | None]:
    """The words for a due date, and the day that they mean; the longest words that mean one."""
    loose: str | None = None
    for place, word in enumerate(words[:_WHOLE]):
        if word not in _DUE_AFTER:
            continue
        for length in range(_DUE_WORDS, 0, -1):
            said = " ".join(words[place : place + length])
            found = resolve_due(said, day)
            if found is not None:
                return said, found
        near = words[place : place + 2]
        if loose is None and len(near) == 2 and near[1] in TIME_WORDS:
            loose = " ".join(near)
    return loose, None
