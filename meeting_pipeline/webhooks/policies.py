"""Policies of webhooks: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

from meeting_pipeline.policies import WEBHOOK_LEASE_SECONDS, WEBHOOK_TOTAL_SECONDS

WEBHOOK_SCHEDULE_SECONDS: Final = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Waits before each attempt: the example schedule of Standard Webhooks 1.0.0 (75 h 35 m 05 s)."""
WEBHOOK_JITTER: Final = 0.2
"""Each wait varies by this share, so that a recovering receiver does not get everything at once."""
WEBHOOK_READ_BYTES: Final = 16 * 1024
"""At most this much of a response is read."""
WEBHOOK_KEEP_BYTES: Final = 2 * 1024
"""At most this much of a response is stored."""
WEBHOOK_SLOW_FLOOR_SECONDS: Final = 60.0
"""After 429, 502, 504 or a timeout the next attempt waits at least this long."""
WEBHOOK_RETRY_AFTER_MAX_SECONDS: Final = 86400.0
"""A receiver's Retry-After is honoured up to a day."""
WEBHOOK_PARALLEL: Final = 64
"""Parallel deliveries to endpoints whose last attempt did not fail, at most ``WEBHOOK_PER_HOST`` per host. Each takes a socket
and a body, and mostly waits."""
WEBHOOK_PARALLEL_FAILING: Final = 16
"""Parallel deliveries to endpoints whose last attempt failed. These slots are separate, so that dead receivers, however many,
take no slot from working ones."""
WEBHOOK_PER_HOST: Final = 2
"""A slow receiver takes at most this many of the parallel slots."""
WEBHOOK_LOOK_SECONDS: Final = 1.0
"""A drain that waits for slow receivers checks this often for newly due deliveries to others."""
WEBHOOK_REST_SECONDS: Final = 60.0
"""After a timeout, a drain sends nothing to the host for this long: another timeout would cost the full limit again."""
WEBHOOK_DRAIN_SECONDS: Final = 300.0
"""A drain takes nothing new after this long: a run that never ends would keep old code and old settings in use. It stops
taking deliveries for failing endpoints after a fifth of this time, so that it can end."""
WEBHOOK_START_SECONDS: Final = WEBHOOK_LEASE_SECONDS - WEBHOOK_TOTAL_SECONDS
"""A delivery that has not started this long after it was taken is given back: it could not finish within its lease."""
WEBHOOK_PORTS: Final = (443, 80)
"""Ports that any receiver may use. Other ports need the operator's permission for the receiver: a URL must not be a way to
probe databases and mail servers."""
WEBHOOK_DIALS: Final = 4
"""Maximum number of addresses of one name that are tried in turn; they share ``WEBHOOK_CONNECT_SECONDS``."""
WEBHOOK_HOST_CHARACTERS: Final = 253
"""Longest name of a host (RFC 1035, section 2.3.4: 255 octets, of which two are not written)."""
CHAT_TITLE: Final = 150
"""Longest title of a chat message: Slack's limit for a header."""
CHAT_LINE: Final = 300
"""Longest line of a chat message: three lines on a telephone; the page has the rest."""
CHAT_TEXT: Final = 2500
"""Longest summary of a chat message, in UTF-16 units: below Slack's 3,000 for the text of a block."""
CHAT_LINES: Final = 8
"""Lines of a section of a chat message: what people read in a channel. With its heading it stays below 3,000 characters."""
CHAT_LINK: Final = 2000
"""A longer address is left out of a chat message: Slack refuses one of more than 3,000 characters."""
TEAMS_BYTES: Final = 24 * 1024
"""Longest message to Teams, which refuses 28 KB; the difference is for what Teams adds."""
