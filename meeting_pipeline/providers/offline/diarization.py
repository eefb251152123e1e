"""Speaker diarization: assign a speaker number to every frame of speech.

Short pieces of speech are merged while one Gaussian explains two of them as well as two Gaussians do; the remaining groups
are the speakers. The criterion can find a single speaker. A second pass over each stretch, frame by frame, finds changes of
speaker inside it.
Must not go here: words (``words.py``), names (``people.py``).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from meeting_pipeline.providers.offline.features import HOP_MS
from meeting_pipeline.providers.offline.gaussians import (
    Statistics,
    gains,
    joined,
    log_likelihoods,
    statistics,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

PIECE_MS: Final = 3_000
"""Stretches are cut into pieces of about this length: long enough to average a voice, short enough to hold only one."""
MIN_AUDIBLE_MS: Final = 800
"""Pieces with less audible speech are not used to find the speakers, only assigned to one afterwards."""
PENALTY: Final = 1.8
"""Weight of the criterion's penalty. Ratios of gain to penalty measured on synthetic voices: 0.4-1.6 for pieces of one voice,
4 and more for two voices, 2.0 and more for two voices in noise (15-20 dB)."""
WEIGHT_MS: Final = 30_000
"""No voice is weighted as more than this much speech; otherwise the slow drift of one voice in a long recording would look
like two voices."""
ROUND: Final = 150
"""Pieces merged at once. More are merged in rounds, so that the time is linear in the recording's length."""
ROUND_PENALTY: Final = 1.0
"""Penalty in the rounds before the last one: merge only pieces that are certainly one voice."""
MIN_SPEAKER_MS: Final = 2_500
"""A voice heard for less than this counts as a cough, laugh or noise, and goes to the nearest speaker."""
SWITCH_COST: Final = 150.0
"""Log likelihood that a change of speaker inside a stretch must gain: about 0.6 s of a clearly different voice."""


@dataclass(frozen=True)
class Voice:
    """Features of one stretch: ``frames [n, features]``, and which frames are ``audible [n]``."""

    frames: "NDArray[np.float32]"
    audible: "NDArray[np.bool_]"


def diarize(voices: "Sequence[Voice]", speakers_expected: int | None) -> "list[NDArray[np.intp]]":
    """Return a speaker number for each frame of each stretch.

    ``speakers_expected`` is met exactly, if there are at least as many pieces of speech.
    """
    import numpy as np

    pieces = [piece for voice in voices for piece in _pieces(voice)]
    if not pieces or speakers_expected == 1:
        return [np.zeros(len(voice.frames), dtype=np.intp) for voice in voices]
    stats = statistics(pieces)
    speakers = joined(stats, cluster(stats, speakers_expected))
    return [_path(log_likelihoods(voice.frames, speakers), voice.audible) for voice in voices]


def cluster(stats: Statistics, speakers_expected: int | None) -> list[list[int]]:
    """Return groups of pieces, one per speaker."""
    groups = [[index] for index in range(len(stats.count))]
    while len(groups) > ROUND:
        rounds = [groups[start : start + ROUND] for start in range(0, len(groups), ROUND)]
        merged = [group for part in rounds for group in _merged(stats, part, ROUND_PENALTY, speakers_expected or 1)]
        if len(merged) > 0.9 * len(groups):
            # Hardly any pieces are certainly one voice: merge more, or this would take forever.
            merged = [group for part in rounds for group in _merged(stats, part, 2 * PENALTY, speakers_expected or 1)]
        groups = merged
    if speakers_expected is not None:
        return _merged(stats, groups, float("inf"), speakers_expected)
    groups = _merged(stats, groups, PENALTY, 1)
    lengths = [stats.count[group].sum() * HOP_MS for group in groups]
    kept = [group for group, length in zip(groups, lengths, strict=True) if length >= MIN_SPEAKER_MS]
    return kept or [[index for group in groups for index in group]]


def _pieces(voice: Voice) -> "list[NDArray[np.float32]]":
    import numpy as np

    count = max(1, round(len(voice.frames) * HOP_MS / PIECE_MS))
    parts = np.array_split(np.arange(len(voice.frames)), count)
    heard = [voice.frames[part[voice.audible[part]]] for part in parts]
    return [frames for frames in heard if len(frames) * HOP_MS >= MIN_AUDIBLE_MS]


def _merged(stats: Statistics, groups: list[list[int]], penalty: float, least: int) -> list[list[int]]:
    """Merge the closest groups until two voices explain every remaining pair better, or ``least`` groups are left."""
    import numpy as np

    groups = [list(group) for group in groups]
    weight = WEIGHT_MS / HOP_MS
    forced = penalty == float("inf")
    factor = PENALTY if forced else penalty
    sums = joined(stats, groups)
    capped = sums.capped(weight)
    size = len(groups)
    table = np.full((size, size), np.inf)
    for i in range(size - 1):
        rest = list(range(i + 1, size))
        table[i, i + 1 :] = gains(capped.taken([i]), capped.taken(rest), factor)
    table = np.minimum(table, table.T)
    alive = list(range(size))
    while len(alive) > least:
        i, j = divmod(int(np.argmin(table)), size)
        if not forced and table[i, j] >= 0:
            break
        groups[i] += groups[j]
        alive.remove(j)
        table[j, :] = table[:, j] = np.inf
        others = [index for index in alive if index != i]
        if others:
            now = joined(stats, [groups[index] for index in (i, *others)]).capped(weight)
            fresh = gains(now.taken([0]), now.taken(list(range(1, len(others) + 1))), factor)
            table[i, others] = table[others, i] = fresh
    return [groups[index] for index in alive]


def _path(likelihoods: "NDArray[np.float64]", audible: "NDArray[np.bool_]") -> "NDArray[np.intp]":
    """Return the best sequence of speakers through a stretch (Viterbi), at ``SWITCH_COST`` per change."""
    import numpy as np

    frames, speakers = likelihoods.shape
    path = np.zeros(frames, dtype=np.intp)
    if frames == 0 or speakers == 1:
        return path
    scores = np.where(audible[:, None], likelihoods, 0.0)
    best = scores[0]
    back = np.zeros((frames, speakers), dtype=np.intp)
    for frame in range(1, frames):
        leader = int(np.argmax(best))
        switched = best[leader] - SWITCH_COST > best
        back[frame] = np.where(switched, leader, np.arange(speakers))
        best = np.where(switched, best[leader] - SWITCH_COST, best) + scores[frame]
    path[-1] = int(np.argmax(best))
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return path
