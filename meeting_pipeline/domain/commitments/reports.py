"""Sentences of a meeting about what became of something: "I sent it on Tuesday", "the launch slips to the 15th".

Belongs here: finding them once per meeting, and what each says. English only: in other languages only items are
compared. Must not go here: which commitment one is about (``linking.py``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from meeting_pipeline.domain.commitments.people import folded_words, plain_words
from meeting_pipeline.domain.commitments.values import CommitmentState, Report
from meeting_pipeline.domain.due_dates import resolve_due
from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline.domain.verification.done import done_already
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.wordlists import TIME_WORDS
from meeting_pipeline.domain.verification.words import Sentence, content_stems, sentences_of
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

MOST: Final = 400
"""Reports of one meeting: three hours of status talk have fewer."""
_SENTENCE_CHARACTERS: Final = 400
"""Longer sentences come from transcripts without punctuation: it is unclear which of their words belong together."""
_CONDITIONAL: Final = word_set(
    "if unless once until till when whenever before suppose assuming provided should could would might may maybe"
)
_NO_STATEMENT: Final = word_set("""
    would could should might thought whether please hope hopefully wish sure supposed think guess believe maybe perhaps
    unless must needs need want wants until once
    """)
"""With one of these nothing is stated as done: "I thought I sent it", "make sure that it was sent"."""
_DONE_STATES: Final = word_set("done finished complete completed sorted settled live shipped closed ready")
_IS: Final = word_set("is are was were been it's that's they're i'm we're he's she's isn't")
_NEARLY: Final = word_set("nearly almost half partly mostly not never barely hardly being be")
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
_TAKING: Final = phrases("""
    i'll take over / i will take over / i take over / i'm taking over / i took over / i've taken over / i'll take / let
    me take over / i can take over / i am taking over
    """)
_GIVING: Final = phrases("""
    take over / takes over / taking over / taken over / took over / handed over to / hand over to / hands over to / hand
    it over to / passed to / instead
    """)
_REPLACING: Final = phrases("instead of / rather than / in place of")
_ANSWERS: Final = phrases("""
    done / it's done / that's done / they're done / it is done / that is done / already done / all done / yes done / yes
    it's done / yes it is done / yes i did / i did / yes that's done / is done / yep done / yes all done / finished /
    it's finished / yes it's finished
    """)
_ANSWER_WORDS: Final = 7
"""Words of an answer that says no more than "done": a longer one reports something else."""
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
    known = {word: name for name in people for word in (*folded_words(name)[:1], *plain_words(name)[:1])}
    found: list[Report] = []
    before: Sentence | None = None
    for segment in segments:
        for text in sentences_of(segment.text):
            sentence = Sentence(text.strip(), segment.index, segment.speaker, 0, 0)
            if len(text) <= _SENTENCE_CHARACTERS and not sentence.question:
                report = _report(sentence, before, name_of.get(segment.speaker), known, day)
                if report is not None:
                    found.append(report)
                    if len(found) == MOST:
                        return tuple(found)
            before = sentence
    return tuple(found)


def _report(
    sentence: Sentence, before: Sentence | None, speaker: str | None, known: Mapping[str, str], day: date
) -> Report | None:
    words = sentence.words
    if not words:
        return None
    answer = _answer(sentence, before, speaker)
    if answer is not None:
        return answer
    if words[0] in _CONDITIONAL or "if" in words:
        return None
    for state in _states(sentence, known, timed=bool(TIME_WORDS & set(words))):
        person = _person(words, speaker, known) if state is CommitmentState.HANDED_OVER else None
        if state is CommitmentState.HANDED_OVER and person is None:
            continue
        due_words, due = _due(words, day) if state is CommitmentState.SLIPPED else (None, None)
        return Report(sentence.segment, speaker, sentence.text, state, person=person, due_date=due, due_words=due_words)
    return None


def _states(sentence: Sentence, known: Mapping[str, str], *, timed: bool) -> Iterator[CommitmentState]:
    """What the sentence may say, the surest first."""
    words = sentence.words
    strong = any(clause.strong for clause in clauses_of(sentence.tokens))
    if has_phrase(words, _REPLACING) and not strong:
        yield CommitmentState.SUPERSEDED
    elif has_phrase(words, _TAKING) and not timed:
        yield CommitmentState.HANDED_OVER
    if _drops(words, strong=strong):
        yield CommitmentState.DROPPED
    if not _NO_STATEMENT & set(words) and any(_is_done(clause, known) for clause in clauses_of(sentence.tokens)):
        yield CommitmentState.DONE
    if timed and has_phrase(words, _SLIPPING):
        yield CommitmentState.SLIPPED
    if has_phrase(words, _GIVING) and not has_phrase(words, _REPLACING) and not strong:
        yield CommitmentState.HANDED_OVER


def _drops(words: Sequence[str], *, strong: bool) -> bool:
    if has_phrase(words, _REFUSING):
        return has_phrase(words, _AFTER_ALL)
    if has_phrase(words, _NOT_DROPPING):
        return False
    said = has_phrase(words, _DROPPING)
    return said and (not strong or has_phrase(words, ("no longer", "decided not to")))


def _is_done(clause: Clause, known: Mapping[str, str]) -> bool:
    words = tuple("they" if word in known else word for word in clause.words)
    if not words or words[0] in _CONDITIONAL or clause.strong or _NEARLY & set(words):
        return False
    for place, word in enumerate(words[1:], start=1):
        if word in _DONE_STATES and _IS & set(words[max(place - 3, 0) : place]):
            return True
    return done_already(Clause(words, clause.start), content_stems(words))


def _answer(sentence: Sentence, before: Sentence | None, speaker: str | None) -> Report | None:
    """The answer "done" to a question of somebody else, which names what is done."""
    words = [word for word in sentence.words if word not in ("well", "oh", "that", "one")]
    if before is None or not before.question or before.speaker == sentence.speaker or len(words) > _ANSWER_WORDS:
        return None
    text = f"{' '.join(words)} "
    if {"not", "nearly", "almost", "half"} & set(words) or not any(text.startswith(f"{one} ") for one in _ANSWERS):
        return None
    if len(before.text) > _SENTENCE_CHARACTERS:
        return None
    return Report(sentence.segment, speaker, sentence.text, CommitmentState.DONE, about=before.text)


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
