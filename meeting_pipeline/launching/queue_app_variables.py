"""Variables that ``meeting-pipeline worker`` sets for its Celery process.

Must not go here: anything that imports Celery, which is an extra.
"""

from typing import Final

PRELOAD_VARIABLE: Final = "MEETING_PIPELINE_WORKER_PRELOADS"
"""Modules that runs import inside functions, separated by commas: the parent imports them once."""
