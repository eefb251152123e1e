"""One sentence of an answer to a question, judged by the rules for items: against the words that it cites in one meeting.

Unlike an item, it may also say that something was done, asked, said or suggested. Must not go here: which meetings it cites and
what is shown (``domain/questions/checking.py``).
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verification.basis import Basis, Source, said_in, verdict_on
from meeting_pipeline.domain.verification.commitment import commitment_reason
from meeting_pipeline.domain.verification.done import done_already
from meeting_pipeline.domain.verification.instructions import is_instruction
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.mentioned_speakers import marked_reason
from meeting_pipeline.domain.verification.owners import owner_reason
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.support import reasons
from meeting_pipeline.domain.verification.texts import META_STEMS, Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import Sentence, sentences_of
from meeting_pipeline.domain.word_sets import word_set

_REPORTS: Final = word_set("""
    ask asks asked whether discuss discussed discusses suggest suggested suggests propose proposed proposes consider considered
    considers might could may maybe possibly perhaps wonder wondered wonders if unless open unclear undecided depends
    """)
"""With one of these, a sentence does not say that anybody committed to anything."""
_REPORTING: Final = re.compile(
    r"\b(?:ask(?:s|ed)?|suggest(?:s|ed)?|propose[sd]?|wonder(?:s|ed)?|consider(?:s|ed)?)\b(?: that)?"
)
_COMMITS: Final = word_set("will promised promises agreed agrees decided decides committed commits shall must")
_REPORT_STEMS: Final = frozenset(stem(word) for word in _REPORTS)
_SAYS: Final = word_set(
    "said says explained mentioned thought thinks stated confirmed reported noted believes believed felt"
)
_AHEAD: Final = word_set("""
    will i'll we'll you'll he'll she'll they'll it'll shall going gonna must should need needs let let's please can could
    would want wants tomorrow
    """)
_DONE: Final = word_set("done finished completed complete ready over")
_HAVING: Final = word_set("has have had is was were are been already")


@dataclass(frozen=True)
class AnswerSentence:
    """The evidence that was found, with the fields of a verdict. ``evidence`` is empty if a quote was not found.

    ``said``: for each evidence, the whole sentences in which its quote is.
    """

    evidence: tuple[Evidence, ...]
    verdict: dict[str, Any]
    said: tuple[Sequence[Sentence], ...] = ()


def answer_sentence(
    meeting: Meeting, text: str, citations: Sequence[tuple[Sequence[int], str]], shown: Collection[int]
) -> AnswerSentence:
    """Judge a sentence whose speakers are marks (``{A}``).

    Args:
        meeting: the one that is cited.
        text: the sentence; several sentences are judged one by one, against the same words.
        citations: ids of segments, and the quote from them. All quotes must be found.
        shown: ids of the segments that the model was given.
    """
    found = [Source(meeting, ids, quote, shown).basis for ids, quote in citations]
    if not found or any(basis.quoted is None or not basis.evidence.segment_ids for basis in found):
        return AnswerSentence((), verdict_on(meeting, ["quote_not_found"]))
    why: list[str] = []
    if meeting.english:
        why = [reason for part in sentences_of(text) for reason in _reasons(meeting, Wording(part), found)]
        for basis, (_, quote) in zip(found, citations, strict=True):
            why.extend(basis.quoted.reasons(quote) if basis.quoted is not None else ())
    said = tuple(tuple(basis.own) for basis in found)
    return AnswerSentence(tuple(basis.evidence for basis in found), verdict_on(meeting, why), said)


def _reasons(meeting: Meeting, wording: Wording, found: Sequence[Basis]) -> Iterator[str]:
    own = _in_order(sentence for basis in found for sentence in basis.own)
    near = _in_order(sentence for basis in found for sentence in basis.near)
    said = said_in(meeting, own, near)
    if any(is_instruction(meeting, sentence) for sentence in own):
        yield "instruction"
    negated = any(clause.strong or clause.weak for clause in wording.clauses)
    back = meeting.taken_back.find(wording.content, own, negated=negated)
    after = [] if negated else list(_next(meeting, own))
    corrected = not _SAYS & set(wording.tokens) and any(_corrects(one) for one in after[:1])
    if (
        corrected
        or any(_forbids(one, wording.content) for one in after)
        or (back is not None and back.sentence.segment not in {one.segment for one in own})
    ):
        yield "taken_back"
    if not _only_reports(wording):
        yield from _given(commitment_reason(meeting, own, wording))
    if not wording.content or _unsaid_subject(wording, said):
        yield "not_supported"
    claimed = Wording(_REPORTING.sub(" ", wording.text)) if _only_reports(wording) else wording
    yield from reasons(claimed, said, share=policies.SUPPORT_SHARE, own_share=policies.SUPPORT_OWN_SHARE)
    if _says_done(wording) and not any(_tells_done(sentence, wording) for sentence in own):
        yield "opposite"
    if not _only_reports(wording) and own and all(sentence.question for sentence in own):
        yield "only_discussed"
    if wording.subject is not None:
        yield from _given(_subject_reason(meeting, wording, own, near))
    yield from _given(marked_reason(meeting, wording.text, own, near))


def _next(meeting: Meeting, own: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences of the turns that follow at once."""
    last = own[-1] if own else None
    for index in range(last.segment, last.segment + policies.EVIDENCE_NEIGHBOURS + 1) if last is not None else ():
        yield from (one for one in meeting.sentences(index) if last is not None and one.order > last.order)


def _corrects(sentence: Sentence) -> bool:
    """Whether it begins as a correction of what was said before it: "No, to 60", "Sorry, I mean the green one"."""
    tokens = [token for token in sentence.tokens if token not in _BEFORE_CORRECTING]
    refuses = tokens[:1] == ["no"] and tokens[1:2] in ([], [","])
    return refuses or _CORRECTING.match(" ".join(sentence.words)) is not None


_BEFORE_CORRECTING: Final = word_set("actually well oh um uh")
_CORRECTING: Final = re.compile(
    r"(?:(?:actually|well|oh|sorry|no|wait) )*"
    r"(?:wrong|nope|false|correction|i mean|i meant|not true|that's (?:not|wrong|false))\b"
)


def _forbids(sentence: Sentence, content: Collection[str]) -> bool:
    """Whether it asks somebody not to do it: "No, don't order from Delta"."""
    words = [word for word in sentence.words[:_FORBIDDEN_WITHIN] if word not in _BEFORE_FORBIDDING]
    words = words[1:] if words[:1] == ["do"] else words
    return len(words) > 1 and words[0] in ("don't", "not", "never") and stem(words[1]) in content


_FORBIDDEN_WITHIN: Final = 6
"""Words at the beginning of an answer among which it forbids."""
_BEFORE_FORBIDDING: Final = word_set("no wait please but oh well actually hang on hold stop")


def _given(reason: str | None) -> Iterator[str]:
    if reason is not None:
        yield reason


def _subject_reason(
    meeting: Meeting, wording: Wording, own: Sequence[Sentence], near: Sequence[Sentence]
) -> str | None:
    """Why the person who acts in the sentence is another: who says something is who speaks, who does it is its owner."""
    subject = wording.subject or ""
    if _only_reports(wording) or _SAYS & set(wording.tokens[:2]):
        return None if any(sentence.speaker == subject for sentence in own) else "speaker_is_another"
    return owner_reason(meeting, subject, own, near, wording.content)


def _in_order(sentences: Iterator[Sentence]) -> list[Sentence]:
    return sorted({one.order: one for one in sentences}.values(), key=lambda one: one.order)


def _only_reports(wording: Wording) -> bool:
    words = set(wording.tokens)
    return bool(_REPORTS & words) and not _COMMITS & words


def _unsaid_subject(wording: Wording, said: Said) -> bool:
    """Whether the sentence is about something that nobody mentioned: "the vendor promised ..." of what Anna promised."""
    neutral = META_STEMS | _REPORT_STEMS
    first = next((word for word in wording.content if word not in neutral), None)
    return wording.subject is None and first is not None and first not in said.stems and first not in said.names


def _says_done(wording: Wording) -> bool:
    """Whether the sentence says that something has happened, not that somebody will do it."""
    return any(_done(clause, wording) for clause in wording.clauses)


def _done(clause: Clause, wording: Wording) -> bool:
    words = set(clause.words)
    if clause.strong or _REPORTS & words:
        return False
    if _DONE & words and _HAVING & words:
        return True
    return not (_AHEAD | _COMMITS) & words and done_already(_with_subject(clause), wording.content)


def _with_subject(clause: Clause) -> Clause:
    """A mark is left out of the wording: "{A} sent it" is "sent it", which needs a subject to be read."""
    return Clause(("she", *clause.words), clause.start)


def _tells_done(sentence: Sentence, wording: Wording) -> bool:
    """Whether a quoted sentence tells of something that has happened."""
    for clause in clauses_of(sentence.tokens):
        if done_already(clause, wording.content) or (_DONE & set(clause.words) and not _AHEAD & set(clause.words)):
            return True
        if set(wording.content) & set(clause.stems) and not _AHEAD & set(clause.words):
            return True
    return False
