"""Which commitment a report is about: its words name that commitment, and nothing else.

Must not go here: finding reports (``reports.py``), what follows from one (``next_events.py``).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from meeting_pipeline.domain.commitments.people import name_words, same_person
from meeting_pipeline.domain.commitments.values import CommitmentState, Group, Report
from meeting_pipeline.domain.commitments.wording import Wording, is_light, stems_of, wording_of
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.words import tokens_of
from meeting_pipeline.domain.word_sets import word_set

_ENOUGH: Final = 0.6
"""Share of a commitment's words, at least two, that are enough if the sentence names nothing else."""
_CUES: Final = frozenset(
    stem(word)
    for word in word_set("""
    done finish finished complete completed sorted settled live closed ready drop cancel scrap abandon shelve forget
    longer decided slip postpone push delay move late reschedule extend instead rather hand over undertake transfer happen early
    """)
)
"""Stems of words that say what became of something, and name nothing."""
_REPLACED_ENDS: Final = word_set("for in on at with we i they you to by from so and , .")


def reports_with_groups(reports: Iterable[Report], groups: Sequence[Group]) -> Iterator[tuple[Report, Group]]:
    """Reports with the only commitment that each is about. A commitment that is over by one of them gets no later ones."""
    over: set[int] = set()
    by_stem: dict[str, list[int]] = {}
    wordings: dict[int, list[Wording]] = {}
    for number, group in enumerate(groups):
        wordings[number] = [_wording(group, at) for at in {0, len(group.parts) - 1}]
        for one in set().union(*(found.core for found in wordings[number])):
            by_stem.setdefault(one, []).append(number)
    for report in reports:
        stems = frozenset(stems_of(report.about or report.text, times=True))
        near = {number for one in stems for number in by_stem.get(one, ())} - over
        shares = {
            number: share
            for number in near
            if (share := max(_share(report, stems, groups[number], one) for one in wordings[number]))
        }
        best = [number for number, share in shares.items() if share == max(shares.values())]
        if len(best) == 1:
            if report.state.closed:
                over.add(best[0])
            yield report, groups[best[0]]


def _wording(group: Group, at: int) -> Wording:
    part = group.parts[at]
    return wording_of(part.text, part.insight, tuple(name_words(part.owner or "")))


def _share(report: Report, stems: frozenset[str], group: Group, words: Wording) -> float:
    """The share of the commitment's words that the report has; 0 if it is about something else, or says nothing new."""
    shared = words.core & stems
    text = report.about or report.text
    numbers = numbers_of(text, claim=True)
    if (
        not shared
        or words.negative
        or (words.numbers and numbers and not words.numbers & numbers and not report.due_words)
    ):
        return 0.0
    share = len(shared) / len(words.core)
    owner = group.last.owner
    names = {stem(word) for name in (owner, report.speaker, report.person) if name for word in name_words(name)}
    rest = stems - words.words - names - _CUES
    rest = frozenset(one for one in rest if not is_light(one) and not _is_time(one))
    if share < 1 and (rest or share < _ENOUGH or len(shared) < 2):
        return 0.0
    if not _suits(report, stems, group, words):
        return 0.0
    return share + (0.5 if not rest else 0.0)


def _is_time(one: str) -> bool:
    return not stems_of(one)


def _suits(report: Report, stems: frozenset[str], group: Group, words: Wording) -> bool:
    owner = group.last.owner
    match report.state:
        case CommitmentState.DONE:
            done = words.light or words.verb in stems
            return done and group.parts[0].insight is Insight.ACTION_ITEMS
        case CommitmentState.SUPERSEDED:
            return bool(_replaced(report.text) & words.core)
        case CommitmentState.HANDED_OVER:
            person = report.person
            return (
                bool(person)
                and group.parts[0].insight is Insight.ACTION_ITEMS
                and not (owner and person and same_person(owner, person))
            )
        case CommitmentState.SLIPPED:
            later = report.due_date is None or group.last.due_date is None or report.due_date > group.last.due_date
            return later and group.parts[0].insight is Insight.ACTION_ITEMS
    return True


def _replaced(text: str) -> frozenset[str]:
    """The stems of what something is put in the place of: "instead of blue"."""
    tokens = tokens_of(text)
    for place in range(len(tokens) - 1):
        if (tokens[place], tokens[place + 1]) in (("instead", "of"), ("rather", "than"), ("place", "of")):
            rest = tokens[place + 2 :]
            end = next((at for at, word in enumerate(rest) if at and word in _REPLACED_ENDS), len(rest))
            return frozenset(stems_of(" ".join(rest[:end])))
    return frozenset()
