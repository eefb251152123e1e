"""What may be spent, and when a person is asked first.

Belongs here: fields of ``Settings`` on this subject, and what follows from them. Must not go here: reading them
(``loading.py``), their variables (``variables.py``).
"""

from typing import Literal

from pydantic import Field

from meeting_pipeline.settings.field_types import (
    Price,
)
from meeting_pipeline.settings.subject import SubjectSettings


class SpendingSettings(SubjectSettings):
    """What may be spent, and when a person is asked first."""

    max_usd_per_day: Price | None = Field(
        default=None,
        description="Once this much was spent on a day (UTC), nothing more is bought automatically until the next day. "
        "What a person asks for explicitly is still bought. Unset: no limit.",
    )
    questions_usd_per_day: Price = Field(
        default=1.0,
        description="The most that answers to questions may cost per day (UTC). Once it is reached, a question gets "
        "only the best passages. `0`: no question is answered by a model. See [below](#notes).",
    )
    ask_above_usd: Price = Field(
        default=1.0,
        description="`reprocess` asks before it starts something that is expected to cost more than this, or whose "
        "price is unknown. A dollar is more than any single meeting costs, and less than a mistake.",
    )
    backfill_max_usd: Price | None = Field(
        default=None,
        description="The most that a backfill which a person starts in the Dagster UI may spend on insights. It "
        "becomes a campaign that pauses at this limit. Unset: no separate limit.",
    )
    backfill_hold: Literal["on", "off"] = Field(
        default="off",
        description="`on`: a backfill that a person starts in the Dagster UI becomes a campaign whose new versions of insights "
        "are held until somebody promotes or discards them.",
    )
