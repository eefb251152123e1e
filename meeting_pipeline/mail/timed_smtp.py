"""An SMTP client whose whole session has one deadline: ``smtplib`` limits only each wait for some bytes.

Must not go here: the commands to the server (``sending.py``).
"""

import smtplib
import socket
import threading
import time
from contextlib import suppress
from typing import Any


class TimedSmtp(smtplib.SMTP):
    """A client whose every reply and command is bound by one deadline, also if the server sends single bytes forever."""

    _host: str
    handed_over = False
    """Whether the whole mail was sent, so that only the answer is missing."""
    abandoned = False
    """Whether the process is ended meanwhile, so that there is no time for a goodbye."""
    about_mail = False
    """Whether the server has agreed to this sender, so that what follows is about this mail."""

    def begin(self, total_s: float) -> None:
        """Start the time: at the deadline the connection is cut off."""
        self.deadline = time.monotonic() + total_s
        self._watchdog = threading.Timer(total_s, self._cut)
        self._watchdog.daemon = True
        self._watchdog.start()

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.deadline

    def end(self) -> None:
        """Say goodbye if there is time, and close the connection."""
        self._watchdog.cancel()
        with suppress(OSError, smtplib.SMTPException):
            if not (self.late or self.handed_over or self.abandoned):
                self.quit()
        self.close()

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply within the time that is left."""
        self._limit()
        found = super().getreply()
        if self.late:  # what the watchdog cut off is not a reply, whatever its first digits are
            raise TimeoutError("the attempt took too long")
        return found

    def send(self, s: Any) -> None:
        """Send within the time that is left."""
        self._limit()
        super().send(s)

    def _limit(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the attempt took too long")
        if self.sock is not None:
            self.sock.settimeout(left)

    def _cut(self) -> None:
        sock = self.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class TimedSmtpTls(TimedSmtp, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""
