"""The command line on a real home: a SQLite file, a drop folder, and none of this machine's settings."""

import os
import shutil
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner, Result

from meeting_pipeline.cli import main, reprocessing, wait
from meeting_pipeline.cli.checkup import services
from meeting_pipeline.foundation.tls_trust import trusted
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.providers.offline.speech_to_text import OfflineSpeechToText
from meeting_pipeline.settings import VARIABLES, load_settings

OF_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
LOOK_SECONDS = 0.02
"""Between two looks at what a command waits for: nothing here takes as long as a recording."""


class Run(Protocol):
    """Runs one command; settings are passed by the name of their variable."""

    def __call__(self, *arguments: str, **environment: str) -> Result: ...


check = OfflineSpeechToText.check


@cache
def checked_once() -> str:
    """The check of the offline engine, which loads its model."""
    return check(OfflineSpeechToText())


@cache
def trusted_once(_: tuple[str | None, ...]) -> ssl.SSLContext:
    """The certificates that these variables name, and the public ones."""
    return trusted()


@pytest.fixture(autouse=True)
def what_takes_long_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """`doctor` loads the speech model and hundreds of certificates: the same for each test."""
    monkeypatch.setattr(OfflineSpeechToText, "check", lambda _: checked_once())
    monkeypatch.setattr(services, "trusted", lambda: trusted_once(tuple(map(os.environ.get, OF_CERTIFICATES))))
    for module in (wait, reprocessing):
        monkeypatch.setattr(module, "_LOOK_SECONDS", LOOK_SECONDS)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    """Run ``meeting-pipeline`` on the home. Bugs raise their exception in the test."""
    nothing = dict.fromkeys([*VARIABLES.values(), *(n for n in os.environ if n.startswith("MEETING_PIPELINE_"))])

    def call(*arguments: str, **environment: str) -> Result:
        ports = {"MEETING_PIPELINE_UI_PORT": "0", "MEETING_PIPELINE_API_PORT": "0"}
        settings = {**nothing, "MEETING_PIPELINE_HOME": str(home), **ports, **environment}
        result = CliRunner().invoke(main, arguments, env=settings)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture
def installation(home: Path, migrated_database: Path) -> Iterator[Installation]:
    """The same home, opened in the test beside the commands."""
    home.mkdir(exist_ok=True)
    if not (home / "meetings.sqlite3").exists():
        shutil.copyfile(migrated_database, home / "meetings.sqlite3")
    opened = open_installation(load_settings({"MEETING_PIPELINE_HOME": str(home)}))
    yield opened
    opened.store.close()
