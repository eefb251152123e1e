"""``recording``: the external asset at the head of the lineage. Intake reports it; no run computes it.

Must not go here: taking a file in (``steps/intake/batch.py``), reporting it (``defs/ops/intake.py``).
"""

from typing import Final

import dagster as dg

from meeting_pipeline.defs.partitions import recordings
from meeting_pipeline.policies import OWNER

RECORDING: Final = dg.AssetKey("recording")

recording = dg.AssetSpec(
    RECORDING,
    partitions_def=recordings,
    group_name="intake",
    owners=[OWNER],
    kinds={"file"},
    tags={"tier": "critical", "pii": "true"},
    description=(
        "An accepted recording: one per partition, reported by the `intake` job when a file of the drop folder was "
        "validated, decoded, hashed and stored. The partition key is made of the meeting's date and title.\n\n"
        "A file that could not be taken has no partition: it stands in the folder `rejected`, beside a note that says why."
    ),
)


def recording_metadata(
    *, size_bytes: int, duration_ms: int, codec: str | None, container: str | None, sha256: str, original_name: str
) -> dict[str, dg.MetadataValue]:
    """What an analyst sees of a recording; numbers always under the same keys and types, so that they plot."""
    return {
        "original_name": dg.MetadataValue.text(original_name),
        "duration_minutes": dg.MetadataValue.float(round(duration_ms / 60_000, 2)),
        "size_mb": dg.MetadataValue.float(round(size_bytes / 1e6, 3)),
        "codec": dg.MetadataValue.text(codec or "none (transcript export)"),
        "container": dg.MetadataValue.text(container or "none (transcript export)"),
        "sha256": dg.MetadataValue.text(sha256),
    }
