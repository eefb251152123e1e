"""What every repository needs: the database, the time, the cipher, and the scale of waits.

Must not go here: anything that only one repository needs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from meeting_pipeline.domain.daily_limit import DailyLimit
from meeting_pipeline.domain.mail_rules import MailRules
from meeting_pipeline.store.engine.clock import utc_now
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher


@dataclass(frozen=True)
class StoreContext:
    """Shared by the repositories of one store.

    ``clock`` replaces the time of the database, for rehearsals and tests. ``time_scale`` multiplies every wait, to rehearse long
    outages; 1.0 in production.
    """

    database: Database
    cipher: Cipher
    clock: Callable[[], datetime] | None = None
    time_scale: float = 1.0
    daily_limit: DailyLimit | None = None
    commitment_events: bool = False
    """Whether changes of commitments are announced by webhook."""
    mail: MailRules | None = None
    """Who gets the minutes by e-mail; ``None``: nobody, mails are turned off."""

    def now(self) -> datetime:
        """The time of the database. Whatever another process compares is written and compared with this one."""
        return self.database.now() if self.clock is None else self.clock()

    def on_this_machine(self, at: datetime) -> datetime:
        """When this machine's clock showed a time of the database, to compare it with times of files and of Dagster's records."""
        return at if self.clock is not None else at + (utc_now() - self.database.now())

    def after(self, seconds: float) -> datetime:
        """The time ``seconds`` from now, scaled."""
        return self.now() + timedelta(seconds=seconds * self.time_scale)

    def before(self, seconds: float) -> datetime:
        """The time ``seconds`` ago, scaled."""
        return self.now() - timedelta(seconds=seconds * self.time_scale)
