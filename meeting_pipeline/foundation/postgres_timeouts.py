"""How long a process waits for a PostgreSQL server that says nothing: arguments of ``psycopg2.connect``.

Must not go here: pools and transactions (``store/engine/connecting.py``, ``dagster_storage/postgres_engines.py``).
"""

from typing import Final

_CONNECT_SECONDS: Final = 10
"""Connecting to PostgreSQL takes milliseconds or fails; without a limit a lost packet costs minutes."""
_UNHEARD_SECONDS: Final = 20
"""A server that stops responding is abandoned after this: the kernel would wait for a quarter of an hour."""
TIMEOUTS: Final = {
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": _UNHEARD_SECONDS // 2,
    "keepalives_interval": _UNHEARD_SECONDS // 4,
    "keepalives_count": 2,
    "tcp_user_timeout": _UNHEARD_SECONDS * 1000,
}
"""Seconds, but ``tcp_user_timeout``: ms. Meanings: https://www.postgresql.org/docs/current/libpq-connect.html."""
