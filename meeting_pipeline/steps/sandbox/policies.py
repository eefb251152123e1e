"""Policies of the sandbox: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

INSPECTION_NICE: Final = 10
"""Nice value of slow inspections: they get a tenth of the processor time of a quick one if both compete for it."""
INSPECTION_MEMORY_BYTES: Final = 2 * 1024**3
"""Address space of a decoder: the libraries use about 700 MB of it, a frame of the largest video 100 MB."""
SANDBOX_ANSWER_BYTES: Final = 1024**2
"""Longest accepted answer of an inspection: an honest one has less than 1 KB, the options of a sidecar less than 100 KB."""
