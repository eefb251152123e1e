"""Policies of search by meaning: limits, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

WINDOWS_PER_CALL: Final = 32
"""Texts in one call: servers of one's own take no more by default, and a call that fails costs no more."""
ROUND_SECONDS: Final = 600.0
"""Longest round of one run; the sensor starts the next one. An archive of thousands of meetings takes hours."""
QUERY_SECONDS: Final = 2.0
"""Longest wait for the vector of a search: somebody looks at the screen. A server answers within half a second, or words do."""
QUERY_REST_SECONDS: Final = 30.0
"""After a failure, searches use words alone for this long: not each of them is to wait for a server that is away."""
QUERY_CHARACTERS: Final = 2_000
"""What is sent of a search or question."""
