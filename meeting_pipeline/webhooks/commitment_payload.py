"""The body of ``commitment.changed``, built once per event and then stored, so that every attempt sends the same bytes.

The fields are a contract, described in ``docs/webhooks.md``: add fields, never rename or remove one. Must not go here: when it is
sent (``store/commitments/announcing.py``).
"""

import json
from collections.abc import Mapping
from typing import Any

from meeting_pipeline.domain.record_json import utc_text
from meeting_pipeline.webhooks.payload import Header

EVENT = "commitment.changed"
_KINDS = {"action_items": "action_item", "decisions": "decision"}


def build_commitment_payload(
    header: Header, recording: str, commitment: Mapping[str, Any], before: Mapping[str, Any] | None, results_url: str
) -> bytes:
    """The body: UTF-8 JSON, the same bytes for the same arguments. ``before``: ``None`` if it was not sent before."""
    fields = {name: value for name, value in commitment.items() if name != "insight"}
    payload = {
        "event": EVENT,
        "event_id": header.event_id,
        "revision": header.revision,
        "occurred_at": utc_text(header.occurred_at),
        "recording_id": recording,
        "job_id": recording,
        "results_url": results_url,
        "commitment": {"kind": _KINDS[commitment["insight"]], **fields},
        "before": before,
    }
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")
