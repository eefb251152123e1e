"""A home with recordings to back up, and an empty one to restore into. Must not go here: assertions."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from meeting_pipeline.backup.restoring import Restored, restore_backup
from meeting_pipeline.backup.writing import write_backup
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.steps.journeys import completed, transcribed


@dataclass
class Homes:
    """The home to back up, with a completed recording."""

    opened: Installation
    completed: Recording
    backup: Path
    empty: Path
    opened_again: list[Installation]

    @property
    def settings(self) -> Settings:
        return self.opened.settings

    @property
    def other(self) -> Settings:
        """The settings of a home to restore into."""
        return self.settings.model_copy(update={"home": self.empty})

    def write(self) -> Path:
        write_backup(self.settings, self.backup, lambda _: None)
        return self.backup

    def restore(self) -> Restored:
        return restore_backup(self.other, self.backup, lambda _: None)

    def restored(self) -> Installation:
        """The restored installation, opened."""
        opened = open_installation(self.other, now=self.opened.store.context.now)
        self.opened_again.append(opened)
        return opened


def make_homes(opened: Installation, dagster_storage: Path, tmp_path: Path) -> Homes:
    row = transcribed(opened)
    completed(opened, row)
    opened.store.registrations.note_registered([row.key])
    shutil.copytree(dagster_storage, opened.settings.dagster_home / "storage")
    return Homes(opened, row, tmp_path / "backup", tmp_path / "empty", [])
