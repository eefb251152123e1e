"""Policies of webhooks: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

from meeting_pipeline.policies import WEBHOOK_LEASE_SECONDS, WEBHOOK_TOTAL_SECONDS

WEBHOOK_SCHEDULE_SECONDS: Final = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Waits before each attempt: the schedule that Standard Webhooks 1.0.0 gives as its example (75 h 35 m 05 s)."""
WEBHOOK_JITTER: Final = 0.2
"""Each wait varies by this share, so that a receiver that comes back is not hit by everything at once."""
WEBHOOK_READ_BYTES: Final = 16 * 1024
"""Of an answer no more is read."""
WEBHOOK_KEEP_BYTES: Final = 2 * 1024
"""Of an answer no more is stored."""
WEBHOOK_SLOW_FLOOR_SECONDS: Final = 60.0
"""After 429, 502, 504 or a timeout the next attempt waits at least this long."""
WEBHOOK_RETRY_AFTER_MAX_SECONDS: Final = 86400.0
"""A receiver's Retry-After is honoured up to a day."""
WEBHOOK_PARALLEL: Final = 64
"""Deliveries under way at once to endpoints whose last try did not fail, at most ``WEBHOOK_PER_HOST`` to one host. Each is
a socket and a body; most of the time it waits."""
WEBHOOK_PARALLEL_FAILING: Final = 16
"""Deliveries under way at once to endpoints whose last try failed. Places of their own: however many receivers are dead,
none of them takes a place of one that works."""
WEBHOOK_PER_HOST: Final = 2
"""One slow receiver holds at most this many of the parallel places."""
WEBHOOK_LOOK_SECONDS: Final = 1.0
"""A drain that waits for slow receivers looks this often for what became due for others."""
WEBHOOK_REST_SECONDS: Final = 60.0
"""A host that let an attempt time out gets no other by the same drain for so long: it would cost the full limit again."""
WEBHOOK_DRAIN_SECONDS: Final = 300.0
"""A drain takes nothing new after this long: a run that never ends would keep old code and old settings in use. After a
fifth of it, it takes nothing more for endpoints that fail, so that it can end."""
WEBHOOK_START_SECONDS: Final = WEBHOOK_LEASE_SECONDS - WEBHOOK_TOTAL_SECONDS
"""A delivery that could not start this long after it was taken is left: it could not end within its lease."""
WEBHOOK_PORTS: Final = (443, 80)
"""Ports that any receiver may have; others only where the operator allows the receiver: a URL must not become a way to
knock at databases and mail servers."""
WEBHOOK_DIALS: Final = 4
"""Addresses of one name that are tried in turn; together they share ``WEBHOOK_CONNECT_SECONDS``."""
