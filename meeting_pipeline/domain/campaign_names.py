"""Names of campaigns: which are allowed, and which are made for campaigns without one.

Must not go here: whether a name is taken (``store/campaigns/``).
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from meeting_pipeline.domain.errors import PermanentError

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}", re.ASCII)
"""Short enough for a column of a table on a terminal, and free of what a URL or a shell would read otherwise."""


def is_campaign_name(text: str) -> bool:
    """Whether a campaign can have this name."""
    return _NAME.fullmatch(text) is not None


def clean_campaign_name(text: str) -> str:
    """The name of a campaign, as given. Raises: PermanentError ``bad_campaign_name``."""
    if not is_campaign_name(text):
        raise PermanentError(
            "bad_campaign_name",
            "The name of a campaign has 1 to 48 letters (a to z), digits, dots, hyphens and underscores, and begins with a "
            "letter or digit.",
            "Choose another name, such as 2026-11-27-summary.",
        )
    return text


def campaign_name(day: date, made: Sequence[str], every: Sequence[str]) -> str:
    """A name made from the plan: the day and what is made again."""
    what = "all" if set(every) <= set(made) else made[0] if len(made) == 1 else f"{len(made)}-results"
    return f"{day.isoformat()}-{what.replace('_', '-')}"[:40]


def backfill_campaign_name(backfill: str) -> str:
    """The name of the campaign of a backfill that a person started in the Dagster UI."""
    return f"backfill-{backfill}"[:48]
