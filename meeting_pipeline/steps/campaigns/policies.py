"""Policies of campaigns: limits and rates, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

CAMPAIGN_ABOVE: Final = 10
"""Reprocessing more recordings than this is a campaign: nobody can watch so many, so it must be possible to stop them."""
CAMPAIGN_LATEST: Final = 20
"""The latest recordings of a campaign by which its failures are judged: less than a portion, so that it stops within one."""
CAMPAIGN_FAILURES_FROM: Final = 5
"""So many recordings must have ended before failures can pause a campaign: of three, two can fail by chance."""
CAMPAIGN_FAILED: Final = 0.5
"""The share of failed ones that pauses it. A wrong key, model or question fails all of them; single bad recordings do not come
near this."""
CAMPAIGN_REFUSED_FROM: Final = 20
"""So many answers must have been paid for before refused ones can pause a campaign."""
CAMPAIGN_REFUSED: Final = 0.2
"""The share of answers that were paid for and cannot be used that pauses it: each costs as much as a good one, and is requested
once more. Well above what models refuse of ordinary meetings, which is a few in a hundred."""
