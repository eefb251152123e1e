"""Which commitment a report is about: its words name that commitment, and nothing else.

Must not go here: finding reports (``reports.py``), what follows from one (``next_events.py``).
"""

from collections.abc import Iterable, Sequence
from typing import Final

from meeting_pipeline.domain.commitments.done_sentences import brings_about
from meeting_pipeline.domain.commitments.part_wording import part_wording
from meeting_pipeline.domain.commitments.people import name_words, same_person
from meeting_pipeline.domain.commitments.values import CommitmentState, Group, Report
from meeting_pipeline.domain.commitments.wording import (
    Wording,
    counted,
    is_light,
    named_times,
    stems_of,
    times_fit,
)
from meeting_pipeline.domain.result_kinds import Insight
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
_OWN: Final = word_set("i i've i'm my")
_OTHERS_OWN: Final = word_set("my mine")
"""What a speaker calls so is not the thing of another owner: "I submitted my timesheet"."""
_ENDINGS_OF_UNDOING: Final = (CommitmentState.DONE, CommitmentState.OPEN)
"""To "cancel the contract" is done when it is cancelled, and not dropped."""
_REPLACED_ENDS: Final = word_set("for in on at with we i they you to by from so and , .")


def reports_with_groups(reports: Iterable[Report], groups: Sequence[Group]) -> list[tuple[Report, Group]]:
    """Reports with the only commitment that each is about, at most one of each sentence.

    A commitment that is over by one of them gets no later ones, unless somebody says that it is not done after all.
    """
    found: list[tuple[Report, int]] = []
    over: set[int] = set()
    read: set[tuple[int, str]] = set()
    by_stem: dict[str, list[int]] = {}
    wordings: dict[int, list[Wording]] = {}
    for number, group in enumerate(groups):
        wordings[number] = [part_wording(group.parts[at]) for at in {0, len(group.parts) - 1}]
        for one in set().union(*(found.core for found in wordings[number])):
            by_stem.setdefault(one, []).append(number)
    for report in reports:
        if (report.segment, report.text) in read:
            continue
        denied = report.state is CommitmentState.OPEN
        stems = frozenset(stems_of(report.about or report.text, times=True))
        near = {number for one in stems for number in by_stem.get(one, ())}
        shares = {
            number: share
            for number in (near & over if denied else near - over)
            if (share := max(_share(report, stems, groups[number], one) for one in wordings[number]))
        }
        most = max(shares.values(), default=0)
        best = [number for number, share in shares.items() if share == most]
        if len(best) > 1 and _OWN & set(tokens_of(report.text)):
            best = [number for number in best if _is_owner(report.speaker, groups[number])]
        if len(best) != 1:
            continue
        read.add((report.segment, report.text))
        if denied:
            found = [
                (one, number) for one, number in found if number != best[0] or one.state is not CommitmentState.DONE
            ]
            over.discard(best[0])
            continue
        if report.state.closed:
            over.add(best[0])
        found.append((report, best[0]))
    return [(report, groups[number]) for report, number in found]


def _is_owner(speaker: str | None, group: Group) -> bool:
    owner = group.last.owner
    return bool(speaker and owner) and same_person(speaker or "", owner or "")


def _share(report: Report, stems: frozenset[str], group: Group, words: Wording) -> float:
    """The share of the commitment's words that the report has; 0 if it is about something else, or says nothing new."""
    shared = words.core & stems
    text = report.about or report.text
    numbers = counted(text)
    if (
        not shared
        or words.refusing
        or (words.negative and report.state not in _ENDINGS_OF_UNDOING)
        or (words.numbers and numbers and not words.numbers & numbers and not report.due_words)
        or not times_fit(words.times, named_times(text))
    ):
        return 0.0
    share = len(shared) / len(words.core)
    owner = group.last.owner
    names = {stem(word) for name in (owner, report.speaker, report.person) if name for word in name_words(name)}
    rest = stems - words.words - names - _CUES
    rest = frozenset(one for one in rest if not is_light(one) and not _is_time(one))
    if share < 1 and (rest or share < _ENOUGH or len(shared) < 2 or (report.state.closed and words.several)):
        return 0.0  # of several things, a sentence about some of them does not end all
    if not _suits(report, stems, group, words):
        return 0.0
    return share + (0.5 if not rest else 0.0)


def _is_time(one: str) -> bool:
    return not stems_of(one)


def _suits(report: Report, stems: frozenset[str], group: Group, words: Wording) -> bool:
    owner = group.last.owner
    text = report.about or report.text
    match report.state:
        case CommitmentState.DONE:
            done = words.verb in stems or (words.light and brings_about(text))
            mine = _OTHERS_OWN.isdisjoint(tokens_of(report.text)) or not owner or _is_owner(report.speaker, group)
            return done and mine and group.parts[0].insight is Insight.ACTION_ITEMS
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
