"""Limits of the connections to Dagster's databases, with their reasons.

Belongs here: numbers that only this package uses. Must not go here: those of our own database (``store/``).
"""

from typing import Final

BUSY_SECONDS: Final = 90.0
"""How long a statement waits for another process that writes. A worker that is frozen within a write is ended when its lease
has expired (30 s) and a sensor has noticed; until then the others wait, and their runs must not fail."""
PREPARING_SECONDS: Final = 120.0
"""How long the opening of a database waits for another process that checks or creates its tables, which takes a second."""
KEPT_ENGINES: Final = 8
"""Databases that a process keeps open. A system has three; a process that opens several systems, as tests do, gives back the
least recently used."""
KEPT_CONNECTIONS: Final = 4
"""Idle connections kept per database: the sensor threads of the daemon. More threads open their own connections."""
KEPT_POSTGRES_CONNECTIONS: Final = 1
"""Idle connections kept per database of PostgreSQL, whose server limits them (100 by default): each run is a process. Threads
that ask at the same time open their own connections, and close them."""
