"""Policies of delivery: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

WEBHOOK_BATCH: Final = 100
"""Deliveries taken at once, with their bodies."""
WEBHOOK_HOST_BATCH: Final = 10
"""Of these, for one host: what is taken for a host that turns out slow waits behind it until it is given back."""
