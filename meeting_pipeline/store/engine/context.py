"""What every repository needs: the database, the clock, the cipher, and the scale of waits.

Must not go here: anything that only one repository needs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from meeting_pipeline.store.engine.database import Database, utc_now
from meeting_pipeline.store.engine.secrets import Cipher


@dataclass(frozen=True)
class StoreContext:
    """Shared by the repositories of one store.

    ``time_scale`` multiplies every wait, to rehearse long outages; 1.0 in production.
    """

    database: Database
    cipher: Cipher
    now: Callable[[], datetime] = utc_now
    time_scale: float = 1.0

    def after(self, seconds: float) -> datetime:
        """The time ``seconds`` from now, scaled."""
        return self.now() + timedelta(seconds=seconds * self.time_scale)

    def before(self, seconds: float) -> datetime:
        """The time ``seconds`` ago, scaled."""
        return self.now() - timedelta(seconds=seconds * self.time_scale)
