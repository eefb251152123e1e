"""Policies of the sandbox: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

INSPECTION_NICE: Final = 10
"""Priority of slow inspections: a tenth of the processor time of a quick one where both want it."""
INSPECTION_MEMORY_BYTES: Final = 2 * 1024**3
"""Address space of a decoder: the libraries take about 700 MB of it, a frame of the largest video 100 MB."""
SANDBOX_ANSWER_BYTES: Final = 1024**2
"""Longest answer of an inspection that is read: an honest one has below 1 KB, the options of a sidecar below 100 KB."""
