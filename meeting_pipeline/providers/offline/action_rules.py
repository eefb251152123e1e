"""Find action items by rule: explicit wording only ("I will send it by Friday", "Ann, can you call them?").

Misses "That's on me" and other hints by design: rules that guess find more false items than true ones. Must not go here: due
words (``due_words.py``), dates, speaker names (``people.py``).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from meeting_pipeline.domain.due_dates import resolve_due
from meeting_pipeline.domain.insight_results import ActionItem, SpeakerName
from meeting_pipeline.domain.units import MS_PER_MINUTE
from meeting_pipeline.providers.offline.certainty import Signs
from meeting_pipeline.providers.offline.clauses import clause_end, tidy
from meeting_pipeline.providers.offline.due_words import DUE, denies_a_due, last_due
from meeting_pipeline.providers.offline.people import Labels, People
from meeting_pipeline.providers.offline.sentences import Sentence
from meeting_pipeline.providers.offline.taken_back import LaterWords
from meeting_pipeline.providers.offline.wordlists import DEED_PHRASES, SOFT_VERBS, WEAK_VERBS

_NAME: Final = r"[^\W\d_][\w'-]{1,40}+"
_TASK: Final = r"\s++(?P<task>)(?=\S)"
"""Marks where the task begins, without matching it: with many triggers in a sentence, each would match all the rest."""
_TRIGGERS: Final = (
    re.compile(rf"\b(?P<me>I)(?: will| am going to|'ll|'m going to|'m gonna| am gonna){_TASK}", re.I),
    re.compile(
        rf"\b(?P<name>{_NAME}(?: (?-i:[A-Z])[\w'-]{{1,40}}+)?) (?:will|is going to|needs to|has to){_TASK}", re.I
    ),
    re.compile(rf"\b(?P<name>{_NAME}),? (?:can|could|would|will) you(?: please)?{_TASK}", re.I),
    re.compile(rf"\b(?P<name>{_NAME}), please{_TASK}", re.I),
    re.compile(rf"\baction items?:?\s++(?:for )?(?P<name>{_NAME})(?: to|:){_TASK}", re.I),
    re.compile(rf"\b(?P<me>I)(?:'m| am) supposed to{_TASK}", re.I),
    re.compile(
        r"\b(?P<we>we|you|somebody|someone)"
        r"(?: will|'ll| need to| have to| must| should| are going to|'re going to|'re gonna| are gonna|(?:'re| are) supposed to)"
        rf"{_TASK}",
        re.I,
    ),
    re.compile(rf"\b(?:can|could|would) (?P<we>you)(?: please)?{_TASK}", re.I),
    re.compile(rf"\b(?P<we>please){_TASK}", re.I),
)
"""Most reliable first. ``we`` names no owner, so it counts only with a due date or near the end of the meeting."""
_LEADING_DUE: Final = re.compile(rf"(?:(?:and|so|then|okay),? ){{0,5}}{DUE.pattern}", re.I)
"""A due phrase before the task: "By Friday I will send it"."""
_CONDITION: Final = re.compile(r"\b(?:if|unless|whether|suppose|imagine)\b", re.I)
"""Makes a task that follows uncertain, up to the next comma."""
_TRIES: Final = 20
"""Matches of one trigger that are tried in a sentence: nobody says "I will" more often. Each scans the rest of the sentence."""
_END_SHARE: Final = 0.15
"""Share of a meeting that counts as its end, where tasks are handed out."""
_SHORT_MS: Final = 10 * MS_PER_MINUTE
"""A shorter meeting is all end."""
_SHORTEST: Final = 2
"""Minimum number of words of a task: "I will do" is not one."""


def action_items(
    sentences: Sequence[Sentence],
    names: Sequence[SpeakerName],
    people: People,
    meeting_date: date,
    *,
    candidate: bool,
) -> tuple[ActionItem, ...]:
    """Return all items in chronological order, each task once."""
    found: dict[str, ActionItem] = {}
    labels = Labels(names)
    later = LaterWords(sentences)
    late_from = _late_from(sentences)
    for number, sentence in enumerate(sentences):
        late = late_from is not None and sentence.segment.start_ms >= late_from
        for item in _items(sentence, labels, people, meeting_date, candidate, late):
            if not later.take_back(item.task, number):
                found.setdefault(item.task.casefold(), item)
    return tuple(found.values())


def _late_from(sentences: Sequence[Sentence]) -> int | None:
    """When the end of the meeting begins; ``None`` for a short one."""
    last_ms = max((sentence.segment.end_ms for sentence in sentences), default=0)
    return int(last_ms * (1 - _END_SHARE)) if last_ms >= _SHORT_MS else None


def _items(
    sentence: Sentence, labels: Labels, people: People, meeting_date: date, candidate: bool, late: bool
) -> Iterator[ActionItem]:
    taken: list[tuple[int, int]] = []
    for trigger in _TRIGGERS:
        position = tries = 0
        while tries < _TRIES and (match := trigger.search(sentence.text, position)) is not None:
            position = match.start() + 1
            tries += 1
            start = match.start()
            if any(first <= match.start("task") < last for first, last in taken):
                continue
            owner = _owner(match, sentence, labels, people)
            if owner is None:
                continue
            end = clause_end(sentence.text, match.start("task"), punctuated=sentence.punctuated)
            item = _item(sentence, match, end, owner or None, meeting_date, candidate, late)
            if item is not None:
                taken.append((start, end))
                yield item


def _owner(match: re.Match[str], sentence: Sentence, labels: Labels, people: People) -> str | None:
    """Return a label or name; empty if nobody is named; ``None`` if the match does not refer to a person."""
    groups = match.groupdict()
    if groups.get("me"):
        return sentence.segment.speaker
    if groups.get("we"):
        return ""
    name = groups.get("name") or ""
    if not people.is_name(name.split()[0], punctuated=sentence.punctuated):
        return None
    return labels.of(name[:1].upper() + name[1:])


def _is_conditional(text: str, end: int) -> bool:
    return _CONDITION.search(text, text.rfind(",", 0, end) + 1, end) is not None


def _item(
    sentence: Sentence,
    match: re.Match[str],
    end: int,
    owner: str | None,
    meeting_date: date,
    candidate: bool,
    late: bool,
) -> ActionItem | None:
    text = sentence.text
    begin = match.start("task")
    words = text[begin:end]
    first = re.match(r"[\w']+", words.casefold())
    deed = DEED_PHRASES.match(words) is not None
    if first is None or (first.group() in WEAK_VERBS and not deed) or _is_conditional(text, match.start()):
        return None
    if text.rstrip().endswith("?") and " you" not in text[match.start() : begin].casefold():
        return None
    due = last_due(words)
    if due is not None and not sentence.punctuated:
        end = begin + due.end()
        words = text[begin:end]
    task = tidy(words if due is None or denies_a_due(words) else words[: due.start()] + " " + words[due.end() :])
    moment = due or _LEADING_DUE.match(text, 0, match.start())
    due_words = None if moment is None else moment.group().strip(" ,")
    soft = first.group() in SOFT_VERBS and not deed
    if len(task.split()) < _SHORTEST or (soft and due_words is None):
        return None
    due_date = None if due_words is None else resolve_due(due_words, meeting_date)
    later_on = due_words is not None and due_date != meeting_date
    signs = Signs(first.group(), task, text[:end], owned=owner is not None, due=later_on, late=late)
    if not signs.shown:
        return None
    return ActionItem(
        task=task,
        owner=owner,
        due_date=due_date,
        due_words=due_words,
        evidence=sentence.evidence(0 if sentence.punctuated else match.start(), end),
        candidate=candidate or not signs.fact,
    )
