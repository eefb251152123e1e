"""A clock for the tests of the daemon."""


class Hand:
    """A clock of seconds, moved by hand."""

    def __init__(self, at: float = 1000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at
