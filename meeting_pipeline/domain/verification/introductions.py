"""Names of speakers, each with its verdict: does the quote contain the name, and does it belong to this speaker?

Must not go here: people in tasks and decisions (``people.py``).
"""

from collections.abc import Iterable, Sequence
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.insight_results import SpeakerName
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.verification.basis import Source, verdict_on
from meeting_pipeline.domain.verification.instructions import is_instruction
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.quotes import Quoted
from meeting_pipeline.domain.verification.spoken_names import FIRST_SENTENCES, introduced
from meeting_pipeline.domain.verification.words import Sentence, tokens_of
from meeting_pipeline.domain.word_sets import word_set

_CALLING: Final = word_set("""
    hi hello hey thanks thank welcome morning afternoon evening over ask to with bye goodbye okay ok so yes no sorry well
    right and dear you
    """)
_AFTER_NAME: Final = word_set("""
    , can could would will please you your do are have what how go thanks : did should may shall
    """)
_THIRD_PERSON: Final = word_set("""
    said says told asked wrote mentioned is was has isn't will's
    """)


def speaker_name(source: Source, *, label: str, name: str, confidence: float) -> SpeakerName:
    """The name of a label with its verdict. ``one_name_each`` compares it with the others."""
    meeting, found = source.meeting, source.basis
    why: list[str] = []
    given = meeting.transcript.speaker_names.get(label, "").casefold() == name.casefold()
    if found.quoted is None:
        why.extend(() if given else ("quote_not_found",))
    elif meeting.english:
        reason = _reason(meeting, label, name, found.quoted)
        why.extend([reason] if reason is not None else [])
        if any(is_instruction(meeting, sentence) for sentence in found.own):
            why.append("instruction")
    return SpeakerName(
        label=label, name=name, confidence=confidence, evidence=found.evidence, **verdict_on(meeting, why)
    )


def one_name_each(names: Iterable[SpeakerName]) -> tuple[SpeakerName, ...]:
    """The names, of which each belongs to one label: to the one that is verified, then to the surest, then to the first."""
    given = list(names)
    best: dict[str, SpeakerName] = {}
    for entry in given:
        key = (entry.name or "").casefold()
        if key and (key not in best or _rank(entry) > _rank(best[key])):
            best[key] = entry
    return tuple(
        entry if entry.name is None or best[entry.name.casefold()] is entry else _taken(entry) for entry in given
    )


def _rank(entry: SpeakerName) -> tuple[bool, float]:
    return (not entry.withheld, entry.confidence)


def _taken(entry: SpeakerName) -> SpeakerName:
    why = tuple(dict.fromkeys((*entry.reasons, "name_taken")))
    return entry.model_copy(update={"verdict": Verdict.UNVERIFIED, "reasons": why})


def _reason(meeting: Meeting, label: str, name: str, quoted: Quoted) -> str | None:
    """Why the quote does not tell that this label has this name; ``None`` if it does."""
    if name.casefold() in meeting.names.get(label, frozenset()) and label in meeting.transcript.speaker_names:
        return None
    words = [word for word in tokens_of(name) if word[0].isalpha()]
    said = {word.removesuffix("'s") for sentence in quoted.sentences for word in sentence.words}
    in_quote = [word for word in words if word in said]
    written = name.casefold() in meeting.participants
    if not in_quote or (len(in_quote) < len(words) and not written):
        return "name_not_said"
    others = {word for other, known in meeting.name_words.items() if other != label for word in known}
    if set(in_quote) <= others and not set(in_quote) & meeting.name_words.get(label, frozenset()):
        return "not_introduced"  # it is the name of another one here
    for sentence in quoted.sentences:
        present = [word for word in in_quote if word in {one.removesuffix("'s") for one in sentence.words}]
        own = _is_own(sentence, label, present) or _opens_with_name(meeting, sentence, label, present)
        if present and (own or _is_addressed(meeting, sentence, label, present)):
            return None
    return "not_introduced"


def _is_own(sentence: Sentence, label: str, words: list[str]) -> bool:
    """Whether the label says its own name."""
    if sentence.speaker != label:
        return False
    if any(set(words) & set(tokens_of(name)) for name, _ in introduced(sentence.text)):
        return True
    said = sentence.words
    first = next(place for place, word in enumerate(said) if word.removesuffix("'s") in words)
    # "Boris, engineering." or "It's me, Boris" as the first words of a turn; "call me Abbie".
    before = said[max(first - 3, 0) : first]
    return before[-2:] in (["call", "me"], ["it's", "me"], ["called"]) or before[-1:] == ["called"] or len(said) <= 2


def _opens_with_name(meeting: Meeting, sentence: Sentence, label: str, words: list[str]) -> bool:
    """Whether the label opens its first turn with its name and part: "Nils Petersen, works department"."""
    opened = meeting.opening_names.get(label)
    if opened is None or sentence not in meeting.sentences(opened[0])[:FIRST_SENTENCES]:
        return False
    return bool(set(words) & set(tokens_of(opened[1])))


def _is_addressed(meeting: Meeting, sentence: Sentence, label: str, words: list[str]) -> bool:
    """Whether somebody else calls the label by the name, and the label speaks right before or after."""
    if sentence.speaker == label or not _speaks_next_to(meeting, sentence.segment, label):
        return False
    if any(set(words) & set(tokens_of(name)) for name, _ in introduced(sentence.text)):
        return False  # that is the speaker's own name
    opened = meeting.opening_names.get(sentence.speaker)
    if opened is not None and opened[0] == sentence.segment and set(words) & set(tokens_of(opened[1])):
        return False  # so is this: "Hanne, accounts."
    tokens = sentence.tokens
    for place, token in enumerate(tokens):
        if token not in words:
            continue
        before = tokens[place - 1] if place else ""
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        if (after in _THIRD_PERSON and before != ",") or _is_listed(tokens, place) or _is_told_of(tokens, place):
            continue
        if before in _CALLING or before in ("", ",") or after in _AFTER_NAME or (after == "" and len(tokens) <= 3):
            return True
    return False


def _is_told_of(tokens: Sequence[str], place: int) -> bool:
    """Whether the name is that of somebody who is spoken of: "on my left is Clara, who will take over"."""
    before, after = tokens[max(place - 1, 0) : place], list(tokens[place + 1 : place + 3])
    return bool(_BEFORE_THIRD & set(before)) or after in ([",", "who"], [",", "whose"]) or after[:1] == ["who"]


_BEFORE_THIRD: Final = word_set("is was are by from of for about meet called named that's met saw")


def _is_listed(tokens: Sequence[str], place: int) -> bool:
    """Whether several people are named together, "with Claire and Stefan": nobody can tell which of them this label is."""
    before = tokens[max(place - 4, 0) : place]
    return before[-1:] == ["with"] or (
        before[-1:] == ["and"] and len(before) > 1 and before[-2] not in (",", *_CALLING)
    )


def _speaks_next_to(meeting: Meeting, index: int, label: str) -> bool:
    near = range(index - 1, index + policies.EVIDENCE_NEIGHBOURS + 1)
    return any(i != index and i in meeting.segments and meeting.segments[i].speaker == label for i in near)
