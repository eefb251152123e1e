"""The partition dimensions: a recording; for measurements, a version.

Keys are created at intake (``domain/keys.py``). Dagster supports up to 100,000 partitions per asset.
https://docs.dagster.io/guides/build/partitions-and-backfills/partitioning-assets
Must not go here: adding partitions (``defs/ops/intake.py``).
"""

from typing import Final

import dagster as dg

RECORDINGS: Final = "recordings"
recordings = dg.DynamicPartitionsDefinition(name=RECORDINGS)
VERSIONS: Final = "versions"
versions = dg.DynamicPartitionsDefinition(name=VERSIONS)
