"""Advice for a caller who has only the HTTP API: no command line, no settings and no files of the installation.

Errors carry advice for operators, with commands and variables. Belongs here: the advice that a remote caller gets instead. Must
not go here: who is a remote caller (``settings/reachability.py``).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from meeting_pipeline.domain.record import MeetingRecord

ASK: Final = "Ask whoever runs this service."
REMOTE_MESSAGE: Final = (
    "The service cannot do this at present, because of a problem on its side. `code` names the problem."
)
"""Advice for remote callers about errors of the installation, its database and its disk."""
_LOCAL: Final = re.compile(
    r"meeting-pipeline|`(?:up|keys|doctor|demo|serve|share)\b|\bpip\b|docs/|\b[A-Z][A-Z0-9]{2,30}_[A-Z0-9_]{2,60}"
)
"""What only the operator of the system can use: its commands, variables and files."""
_SENTENCE: Final = re.compile(r"(?<=[.!?]) ")
_BY_CODE: Final = {
    "cancelled": "`POST /v1/recordings/{recording_id}:reprocess` starts it over; what was paid for is not bought again.",
    "failed_recording": "`POST /v1/recordings/{recording_id}:reprocess` starts it over.",
    "no_such_version": "`GET /v1/recordings/{recording_id}/versions` lists them.",
    "no_transcript": "`GET /v1/recordings/{recording_id}` shows its status.",
    "not_finished": "Cancel it first (`POST /v1/recordings/{recording_id}:cancel`), or wait until it is finished.",
    "nothing_held": '`POST /v1/recordings/{recording_id}:reprocess` with `{"hold": true}` makes some.',
    "transcript_changed": "`POST /v1/recordings/{recording_id}:reprocess` makes it again.",
    "run_superseded": "Nothing to do. `POST /v1/recordings/{recording_id}:reprocess` processes it again.",
    "unknown_deletion": "Only deleted recordings have a receipt; `GET /v1/recordings` lists the others.",
    "unknown_mail": "`GET /v1/mails` lists the mails.",
    "unknown_delivery": "`GET /v1/deliveries` lists the deliveries.",
    "unknown_recording": "`GET /v1/recordings` lists the recordings.",
    "unknown_share": "`GET /v1/meetings/{recording_id}/shares` lists the links.",
    "webhook_url_refused": "Use a public URL, or ask whoever runs this service to allow the receiver.",
}
"""What the API itself offers, by the code of the error."""


def remote_advice(code: str, advice: str) -> str:
    """What to tell a remote caller instead of this advice.

    Sentences that help only operators are left out; then the advice is to ask an operator.
    """
    if _LOCAL.search(advice) is None:
        return advice
    if code in _BY_CODE:
        return _BY_CODE[code]
    kept = [sentence for sentence in _SENTENCE.split(advice) if _LOCAL.search(sentence) is None]
    return " ".join((*_whole(kept), ASK))


def record_for_remote(record: MeetingRecord) -> MeetingRecord:
    """The record with advice for a remote caller."""
    error = record.error
    return replace(
        record,
        error=error and replace(error, advice=remote_advice(error.code, error.advice)),
        gaps=tuple(replace(gap, advice=remote_advice(gap.code, gap.advice)) for gap in record.gaps),
    )


def _whole(sentences: Sequence[str]) -> list[str]:
    return [sentence if sentence.endswith((".", "!", "?")) else f"{sentence}." for sentence in sentences if sentence]
