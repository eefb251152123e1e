"""``recording``: the external asset at the head of the lineage. Intake reports it; no run computes it.

Must not go here: accepting a file (``steps/intake/batch.py``), reporting it (``defs/ops/intake.py``).
"""

from typing import Final

import dagster as dg

from meeting_pipeline.defs.partitions import recordings
from meeting_pipeline.defs.policies import OWNER
from meeting_pipeline.domain.units import BYTES_PER_MB, MS_PER_MINUTE
from meeting_pipeline.store.contract.columns import VIEWS, view_name
from meeting_pipeline.store.tables import Recording

RECORDING: Final = dg.AssetKey("recording")

recording = dg.AssetSpec(
    RECORDING,
    partitions_def=recordings,
    group_name="intake",
    owners=[OWNER],
    kinds={"file"},
    tags={"tier": "critical", "pii": "true"},
    metadata={
        "dagster/column_schema": dg.TableSchema(
            [dg.TableColumn(one.name, one.kind, one.meaning) for one in VIEWS["recordings"]]
        ),
        "dagster/table_name": view_name("recordings"),
    },
    description=(
        "An accepted recording: one per partition, reported by the job `intake` once a file has been validated, "
        "decoded, hashed and stored. The partition key is made of the meeting's date and title.\n\n"
        "A rejected file has no partition: it is in the folder `rejected`, with a note that explains why."
    ),
)


def recording_metadata(row: Recording) -> dict[str, dg.MetadataValue]:
    """What an analyst sees of a recording. Numbers always have the same keys and types, so that Dagster can plot them."""
    return {
        "original_name": dg.MetadataValue.text(row.original_name),
        "duration_minutes": dg.MetadataValue.float(round(row.duration_ms / MS_PER_MINUTE, 2)),
        "size_mb": dg.MetadataValue.float(round(row.size_bytes / BYTES_PER_MB, 3)),
        "codec": dg.MetadataValue.text(row.codec or "none (transcript export)"),
        "container": dg.MetadataValue.text(row.container or "none (transcript export)"),
        "sha256": dg.MetadataValue.text(row.sha256),
    }
