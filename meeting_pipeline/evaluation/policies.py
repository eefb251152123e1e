"""Policies of the evaluation, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

TOLERANCE_MS: Final = 2_000
"""Evidence that begins or ends this far from a labelled stretch still counts as found there: annotators mark dialogue acts,
and an item may quote the sentence beside one."""
WORD_MS: Final = 400
"""Estimated length of a word in a script without times: 150 words a minute, a usual speaking rate."""
SET_FILES: Final = 1_000
"""Maximum number of files in a set. Public corpora of labelled meetings have one or two hundred."""
FILE_BYTES: Final = 20 * 1024**2
"""Maximum size of a file: ten hours of speech with labels take about 1 MB."""
DRAWS: Final = 1_000
"""Bootstrap samples: the ends of the intervals then vary by about a hundredth between seeds."""
SEED: Final = 20_261_127
"""Fixed, so that the same answers always give the same intervals."""
INTERVAL: Final = 0.95
"""Share of the samples inside an interval."""
HUMAN_KAPPA: Final = 0.364
"""How far two people agree on which utterances belong to action items (Cohen's kappa): Morgan, Chang, Gupta and Brenier,
"Automatically Detecting Action Items in Audio Meeting Recordings", SIGdial 2006, on meetings of the ICSI corpus."""
MAX_USD: Final = 1.0
"""The default limit for the cost of a measurement: a small model reads a set of twenty meetings for less."""
WORST_ITEMS: Final = 20
"""Items that a report shows. More would not be read."""
