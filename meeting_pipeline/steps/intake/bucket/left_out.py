"""Objects of the bucket that intake will not accept as they are, with the reason and what to do, like ``left_out.py`` for files.

It reads what listings and runs have recorded, and sends no request to the bucket. Must not go here: the texts
(``steps/intake/left_out.py``).
"""

from urllib.parse import urlsplit

from meeting_pipeline.domain.text import one_line
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.left_out import AFTER_A_WHILE, LeftBehind, described
from meeting_pipeline.store.recordings.inbox_object_rows import SeenObject

_MOST = 1000
"""More are not listed: they have few causes, and the first thousand show them."""


def left_in_bucket(installation: Installation) -> list[LeftBehind]:
    """Everything that is left out, at most a thousand, by name. Raises: StoreUnavailable."""
    url = installation.settings.inbox_url
    if url is None:
        return []
    place = urlsplit(url)
    shown = place.path.rpartition("/")[2] or place.netloc
    found = []
    for row in installation.store.inbox_objects.open(_MOST):
        reason = _reason(installation, row)
        if reason is not None:
            found.append(described(f"{shown}/{one_line(row.name)}", reason))
    return found


def _reason(installation: Installation, row: SeenObject) -> str | None:
    context = installation.store.context
    if row.state == "left":
        is_new = row.reason in AFTER_A_WHILE and row.first_seen_at > context.before(policies.LEFT_OUT_SECONDS)
        return None if is_new else row.reason
    if row.tries:
        return "cannot_be_moved"
    if (row.seen_at - row.first_seen_at).total_seconds() > policies.LEFT_OUT_SECONDS:
        return "still_changing"
    return None
