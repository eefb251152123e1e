"""Where an installation keeps its data: the home, databases, stored recordings, the inbox, and the broker.

Belongs here: fields of ``Settings`` on this subject, and what follows from them. Must not go here: reading them
(``loading.py``), their variables (``variables.py``).
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from meeting_pipeline.settings.field_types import (
    Folder,
    SecretAddress,
    StorageUrl,
    WebAddress,
)
from meeting_pipeline.settings.subject import SubjectSettings


class PlaceSettings(SubjectSettings):
    """Where an installation keeps its data: the home, databases, stored recordings, the inbox, and the broker."""

    home: Folder = Field(
        default=Path("var"), description="Folder for the drop folder, recordings, databases and exports."
    )
    drop_folder: Folder | None = Field(
        default=None,
        description="Drop folder outside the home. Its owner and mode are not changed, so you can allow others to use "
        "it. Unset: `inbox` in the home, for this user alone.",
    )
    database_url: SecretAddress = Field(
        default=None, description="PostgreSQL URL for results and for Dagster. Unset: SQLite files below the home."
    )
    broker_url: SecretAddress = Field(
        default=None,
        description="Address of a Celery broker (`redis://` or `amqp://`): recordings are processed by `meeting-pipeline "
        "worker`, on this machine or others. Unset: by processes of `up`.",
    )
    recordings_folder: Folder | None = Field(
        default=None,
        description="Folder of stored recordings outside the home, for example on a file system that several machines share. "
        "Unset: `recordings` below the home.",
    )
    storage_url: StorageUrl | None = Field(
        default=None,
        description="[Object storage](../storage.md) for new recordings and submitted transcripts: "
        "`s3://bucket/prefix`, `gs://...` or `az://...` (needs the extra `object-storage`). Unset: the folder of "
        "recordings.",
    )
    storage_endpoint: WebAddress | None = Field(
        default=None, description="Address of the object storage, if it is not the provider's own: MinIO, Garage, Ceph."
    )
    storage_reachable: Literal["on", "off"] = Field(
        default="off",
        description="`on`: AssemblyAI can reach the object storage. It gets a link that reads the recording for a day, "
        "instead of an upload.",
    )
    inbox_url: StorageUrl | None = Field(
        default=None,
        description="Bucket whose objects are picked up like dropped files: `s3://bucket/prefix`, `gs://...` or `az://...` "
        "(needs the extra `object-storage`). Keys as for `MEETING_PIPELINE_STORAGE_URL`. Unset: none.",
    )
    inbox_endpoint: WebAddress | None = Field(
        default=None,
        description="Address of that bucket's service if it is not the provider's own. Unset: "
        "`MEETING_PIPELINE_STORAGE_ENDPOINT`.",
    )
    inbox_keep: Literal["on", "off"] = Field(
        default="off",
        description="`on`: objects stay in the bucket after they were accepted, and the key needs no permission to delete. "
        "`off`: they are deleted, like files of the drop folder.",
    )

    @property
    def inbox(self) -> Path:
        """The drop folder."""
        return self.drop_folder or self.home / "inbox"

    @property
    def inbox_service(self) -> str | None:
        """Address of the service that has the bucket of the inbox; ``None``: the provider's own."""
        return self.inbox_endpoint or self.storage_endpoint

    @property
    def rejected(self) -> Path:
        """The folder of rejected files, each with its ``.error.txt``."""
        return self.home / "rejected"

    @property
    def recordings(self) -> Path:
        """One folder per recording, named by its recording id."""
        return self.recordings_folder or self.home / "recordings"

    @property
    def exports(self) -> Path:
        """The cross-meeting tables."""
        return self.home / "exports"

    @property
    def dagster_home(self) -> Path:
        """``DAGSTER_HOME`` of the running system."""
        return self.home / "dagster"

    @property
    def database_file(self) -> Path:
        """The results database, unless PostgreSQL is used."""
        return self.home / "meetings.sqlite3"

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the results database. In a SQLite URL, everything after ``sqlite:///`` is the literal path."""
        if self.database_url is not None:
            return with_driver(self.database_url.get_secret_value())
        return f"sqlite:///{self.database_file}"


def with_driver(url: str) -> str:
    """Name psycopg2 in a PostgreSQL URL: SQLAlchemy's default driver depends on its version, ours does not."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg2://" + url.removeprefix(prefix)
    return url
