"""Gaussian statistics of voice features, and how much worse one Gaussian fits than two (the Bayesian criterion).

Belongs here: the arithmetic. Must not go here: when to stop merging (``diarization.py``).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLOOR: Final = 1e-2
"""Added to each variance, so that near-constant sound has a finite likelihood."""


@dataclass(frozen=True)
class Statistics:
    """Sufficient statistics of groups of frames.

    Attributes:
        count: frames ``[groups]``.
        total: sums ``[groups, features]``.
        square: sums of outer products ``[groups, features, features]``.
    """

    count: "NDArray[np.float64]"
    total: "NDArray[np.float64]"
    square: "NDArray[np.float64]"

    def taken(self, index: "NDArray[np.intp] | list[int]") -> "Statistics":
        """Return the groups at these positions."""
        return Statistics(self.count[index], self.total[index], self.square[index])

    def capped(self, most: float) -> "Statistics":
        """Return the same Gaussians, each weighted as at most ``most`` frames."""
        import numpy as np

        share = np.minimum(1.0, most / self.count)
        return Statistics(self.count * share, self.total * share[:, None], self.square * share[:, None, None])

    def moments(self) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """Return means ``[groups, features]`` and covariances ``[groups, features, features]``."""
        import numpy as np

        mean = self.total / self.count[:, None]
        spread = self.square / self.count[:, None, None] - mean[:, :, None] * mean[:, None, :]
        return mean, spread + FLOOR * np.eye(mean.shape[1])


def statistics(groups: "list[NDArray[np.float32]]") -> Statistics:
    """Return the statistics of groups of frames, each ``[frames, features]`` with at least one frame."""
    import numpy as np

    doubles = [group.astype(np.float64) for group in groups]
    return Statistics(
        np.array([float(len(group)) for group in doubles]),
        np.stack([group.sum(axis=0) for group in doubles]),
        np.stack([group.T @ group for group in doubles]),
    )


def joined(stats: Statistics, members: list[list[int]]) -> Statistics:
    """Return the statistics of groups of groups."""
    import numpy as np

    return Statistics(
        np.array([stats.count[group].sum() for group in members]),
        np.stack([stats.total[group].sum(axis=0) for group in members]),
        np.stack([stats.square[group].sum(axis=0) for group in members]),
    )


def gains(one: Statistics, others: Statistics, penalty: float) -> "NDArray[np.float64]":
    """Return how much better two Gaussians fit than one: ``one`` (a single group) against each of the others.

    It is the log likelihood ratio minus ``penalty`` times the Bayesian information criterion's term for the added parameters
    (Chen and Gopalakrishnan 1998). Below zero, one voice explains both.
    """
    import numpy as np

    features = one.total.shape[1]
    both = Statistics(one.count + others.count, one.total + others.total, one.square + others.square)
    ratio = 0.5 * (
        both.count * _log_determinant(both)
        - one.count * _log_determinant(one)
        - others.count * _log_determinant(others)
    )
    parameters = features + features * (features + 1) / 2
    return np.asarray(ratio - penalty * 0.5 * parameters * np.log(both.count))


def log_likelihoods(frames: "NDArray[np.float32]", stats: Statistics) -> "NDArray[np.float64]":
    """Return the log likelihood of each frame under each group's Gaussian, ``[frames, groups]``, up to a constant."""
    import numpy as np

    means, spreads = stats.moments()
    columns = []
    for mean, spread in zip(means, spreads, strict=True):
        centred = frames - mean
        distance = np.einsum("ij,ij->i", centred @ np.linalg.inv(spread), centred)
        columns.append(-0.5 * (distance + np.linalg.slogdet(spread)[1]))
    return np.stack(columns, axis=1)


def _log_determinant(stats: Statistics) -> "NDArray[np.float64]":
    import numpy as np

    return np.asarray(np.linalg.slogdet(stats.moments()[1])[1])
