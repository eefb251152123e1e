"""Who speaks when, from the audio alone: for servers that do not label speakers, and to match voices between parts.

Runs in a sandbox: it decodes an untrusted file. Must not go here: the clustering itself (``providers/offline/diarization.py``),
words (``joining.py``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from meeting_pipeline.media.decoding import decode_pcm16k_mono
from meeting_pipeline.providers.offline.diarization import PENALTY, WEIGHT_MS, Voice, diarize
from meeting_pipeline.providers.offline.features import HOP_MS, mfcc
from meeting_pipeline.providers.offline.gaussians import Statistics, gains, joined, statistics
from meeting_pipeline.providers.offline.segmentation import stretches
from meeting_pipeline.providers.parts import policies

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Turn:
    """Uninterrupted speech of one speaker, with its times in ms from the start of the recording."""

    start_ms: int
    end_ms: int
    speaker: int


@dataclass(frozen=True)
class Labelled:
    """A stretch to which the server gave a label. ``part`` is the part's number: a label holds in its part only."""

    start_ms: int
    end_ms: int
    part: int
    label: str


def turns(path: Path, speakers_expected: int | None) -> list[Turn]:
    """Return who speaks when. Speakers are numbers from 0. Raises: IntakeRefused, as ``decode_pcm16k_mono``."""
    starts: list[int] = []
    voices: list[Voice] = []
    for stretch in stretches(decode_pcm16k_mono(path)):
        starts.append(stretch.start_ms)
        voices.append(Voice(*mfcc(stretch.samples)))
    found: list[Turn] = []
    for start, frames in zip(starts, diarize(voices, speakers_expected), strict=True):
        found += _runs(start, frames)
    return found


def linked(path: Path, spoken: Iterable[Labelled], speakers_expected: int | None) -> list[tuple[int, str, int]]:
    """Return part, label and speaker for every label of every part: labels of one voice have one speaker.

    Two labels of one part are two people: there the server heard them side by side. Raises: IntakeRefused.
    """
    by_start = sorted(spoken, key=lambda one: one.start_ms)
    names = list(dict.fromkeys((one.part, one.label) for one in sorted(by_start, key=lambda one: one.part)))
    frames = _frames_of(path, by_start)
    heard = [name for name in names if sum(map(len, frames.get(name, ()))) >= policies.LINK_MIN_FRAMES]
    groups: list[list[int]] = []
    if heard:
        stats = statistics([_stacked(frames[name]) for name in heard])
        groups = _merged(stats, [part for part, _ in heard], speakers_expected)
    speaker = {heard[index]: number for number, group in enumerate(groups) for index in group}
    for name in names:  # too little speech to recognise the voice
        if name not in speaker:
            taken = {number for (part, _), number in speaker.items() if part == name[0]}
            free = [number for number in range(len(groups)) if number not in taken]
            speaker[name] = free[0] if len(free) == 1 else max(speaker.values(), default=-1) + 1
    return [(part, label, speaker[part, label]) for part, label in names]


def _runs(start_ms: int, frames: "NDArray[np.intp]") -> list[Turn]:
    found: list[Turn] = []
    begin = 0
    for at in range(1, len(frames) + 1):
        if at == len(frames) or frames[at] != frames[begin]:
            found.append(Turn(start_ms + begin * HOP_MS, start_ms + at * HOP_MS, int(frames[begin])))
            begin = at
    return found


def _frames_of(path: Path, by_start: Sequence[Labelled]) -> "dict[tuple[int, str], list[NDArray[np.float32]]]":
    """Return the audible frames of each label. Both the stretches of speech and the labels are in order of time."""
    found: dict[tuple[int, str], list[NDArray[np.float32]]] = {}
    first = 0
    for stretch in stretches(decode_pcm16k_mono(path)):
        frames, audible = mfcc(stretch.samples)
        end_ms = stretch.start_ms + len(frames) * HOP_MS
        while first < len(by_start) and by_start[first].end_ms <= stretch.start_ms:
            first += 1
        for one in by_start[first:]:
            if one.start_ms >= end_ms:
                break
            begin = max(0, (one.start_ms - stretch.start_ms) // HOP_MS)
            stop = max(begin, (one.end_ms - stretch.start_ms) // HOP_MS)
            kept = frames[begin:stop][audible[begin:stop]]
            if len(kept):
                found.setdefault((one.part, one.label), []).append(kept)
    return found


def _stacked(pieces: "list[NDArray[np.float32]]") -> "NDArray[np.float32]":
    import numpy as np

    return np.concatenate(pieces)


def _merged(stats: Statistics, parts: Sequence[int], speakers_expected: int | None) -> list[list[int]]:
    """Merge the two voices that are most alike, never two of one part, until no pair is one voice or enough are left."""
    import numpy as np

    size = len(parts)
    groups = [[index] for index in range(size)]
    owners = [{part} for part in parts]
    capped = stats.capped(WEIGHT_MS / HOP_MS)
    table = np.full((size, size), np.inf)
    for one in range(size - 1):
        rest = [other for other in range(one + 1, size) if parts[other] != parts[one]]
        if rest:
            table[one, rest] = gains(capped.taken([one]), capped.taken(rest), PENALTY)
    table = np.minimum(table, table.T)
    alive = set(range(size))
    while len(alive) > (speakers_expected or 1):
        one, other = divmod(int(np.argmin(table)), size)
        cost = float(table[one, other])
        if cost == np.inf or (speakers_expected is None and cost >= 0):
            break
        groups[one] += groups[other]
        owners[one] |= owners[other]
        alive.remove(other)
        table[other, :] = table[:, other] = table[one, :] = table[:, one] = np.inf
        rest = [index for index in sorted(alive - {one}) if owners[one].isdisjoint(owners[index])]
        if rest:
            now = joined(stats, [groups[index] for index in (one, *rest)]).capped(WEIGHT_MS / HOP_MS)
            fresh = gains(now.taken([0]), now.taken(list(range(1, len(rest) + 1))), PENALTY)
            table[one, rest] = table[rest, one] = fresh
    return [groups[index] for index in sorted(alive)]
