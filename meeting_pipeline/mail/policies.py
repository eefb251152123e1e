"""Policies of e-mail: limits, each with its reason.

When a failed mail is retried follows the schedule of webhooks. Must not go here: code that acts on them, settings.
"""

from typing import Final

MAIL_CONNECT_SECONDS: Final = 10.0
"""Connecting takes milliseconds, or fails; each reply of the server has what is left of the total."""
MAIL_REPLY_CHARACTERS: Final = 300
"""As much of a server's reply is kept for people."""
MAIL_CHECK_SECONDS: Final = 10.0
"""`doctor` waits this long for the mail server: a person is waiting for it."""
