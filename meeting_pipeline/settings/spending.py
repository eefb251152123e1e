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
        description="Once this much was spent on a day (UTC), nothing more is bought automatically until the next day. What a "
        "person asks for explicitly is still bought. Unset: no limit.",
    )
    questions_usd_per_day: Price = Field(
        default=1.0,
        description="Limit of what all answers to questions may cost on a day (UTC): enough for a thousand or more with "
        "the default model. Beyond it, and beyond `MEETING_PIPELINE_MAX_USD_PER_DAY`, a question gets the best passages and no "
        "answer. A question whose price is unknown counts as 0.01. `0`: no question is answered by a model.",
    )
    ask_above_usd: Price = Field(
        default=1.0,
        description="`reprocess` asks before it starts something that is expected to cost more than this, or whose price is "
        "unknown: a dollar is more than any single meeting costs, and less than a mistake does.",
    )
    backfill_max_usd: Price | None = Field(
        default=None,
        description="Limit of what a backfill over partitions that a person starts in the Dagster UI may spend on insights. It "
        "becomes a campaign, which pauses at the limit. Unset: no limit of its own.",
    )
    backfill_hold: Literal["on", "off"] = Field(
        default="off",
        description="`on`: a backfill that a person starts in the Dagster UI becomes a campaign whose new versions of insights "
        "are held until somebody promotes or discards them.",
    )
