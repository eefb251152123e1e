"""Policies of delivery: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

WEBHOOK_BATCH: Final = 100
"""The maximum number of deliveries leased at once, with their bodies."""
WEBHOOK_HOST_BATCH: Final = 10
"""The maximum of these for one host: deliveries leased for a host that proves slow wait until they are given back."""
WEBHOOK_QUICK_MS: Final = 2000
"""A run delivers its own recording's webhook only if the receiver answered within this time when it was last reached. Receivers
answer within a tenth of a second; one that takes long would hold a run slot of recordings meanwhile."""
MAIL_ROUND_SECONDS: Final = 300.0
"""A round of mails takes nothing new after this long, for the reason that a drain of webhooks does not."""
MAIL_SERVER_SECONDS: Final = 60.0
"""A failed mail waits at least this long: greylisting takes minutes. After a fault of the mail server all mails do."""
MAIL_BREAKS_IN_A_ROW: Final = 2
"""The server is to blame once it broke off this many mails in a row: each may take the whole limit of time."""
