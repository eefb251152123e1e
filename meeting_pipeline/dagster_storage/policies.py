"""Limits of the connections to Dagster's SQLite databases, with their reasons.

Belongs here: numbers that only this room uses. Must not go here: those of our own database (``store/``).
"""

from typing import Final

BUSY_SECONDS: Final = 30.0
"""How long a statement waits for another process that writes. As long as Dagster waits for its event log."""
KEPT_ENGINES: Final = 8
"""Databases that a process keeps open. A system has three; a process that opens several systems, as tests do, gives back the
least recently used."""
KEPT_CONNECTIONS: Final = 4
"""Idle connections kept per database: the sensor threads of the daemon. More threads open connections of their own."""
