"""What all machines of one installation must have in common: an identity, the code, and the keys.

The machine with the daemon (``meeting-pipeline up``) registers them in Dagster's storage, which all machines share; workers
compare theirs before they take any run, and for as long as they run (``presence.py``). Fingerprints of keys are stored, never
keys.
Must not go here: the queue (``queue_launcher.py``), the worker (``queue_worker.py``).
"""

import hashlib
import importlib.util
import json
import socket
import uuid
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline.store.machines import Machine

if TYPE_CHECKING:
    import dagster as dg

_KEY: Final = "meeting_pipeline/fleet"
_SHOWN: Final = 12
"""Hexadecimal digits of a hash, 48 bits: two builds or keys never share them by chance, and people can compare them."""
_HOW: Final = {
    "database_url": "the PostgreSQL database that all machines share: postgresql://USER:PASSWORD@HOST:5432/DATABASE",
    "encryption_key": "one key for all machines; make it with: python -c 'from cryptography.fernet import Fernet; "
    "print(Fernet.generate_key().decode())'",
    "webhook_signing_secret": 'one secret for all machines; make it with: echo "whsec_$(openssl rand -base64 32)"',
    "public_url": "the address of the UI as people reach it, for links in webhooks: https://meetings.example.com",
}
"""Settings that a process on one machine finds or makes below its own home, and how to make them for several."""


class FleetIdentity(Protocol):
    """What all machines have in common, registered or announced."""

    @property
    def code(self) -> str:
        """Schema and hash of the sources."""

    @property
    def encryption_key(self) -> str:
        """Fingerprint."""

    @property
    def signing_secret(self) -> str:
        """Fingerprint."""


@dataclass(frozen=True)
class Fleet:
    """An installation as its machines must agree on it. ``code`` covers the sources and the schema."""

    id: str
    code: str
    encryption_key: str
    signing_secret: str

    def queue(self, name: str) -> str:
        """The name of a queue at the broker. It carries the installation: several may share a broker."""
        return f"meeting-pipeline-{self.id}-{name}"


def require_shared_settings(settings: Settings) -> None:
    """Require what several machines need, if there is a broker.

    Raises: OperatorError ``shared_settings_needed``, ``extra_needed``.
    """
    if settings.broker_url is None:
        return
    missing = [name for name in _HOW if getattr(settings, name) is None]
    if missing:
        raise OperatorError(
            "shared_settings_needed",
            f"{VARIABLES['broker_url']} is set, so several machines work together. Each of them needs the same values of "
            f"{', '.join(VARIABLES[name] for name in missing)}.",
            "Set " + ". Set ".join(f"{VARIABLES[name]} ({_HOW[name]})" for name in missing) + ".",
        )
    if any(importlib.util.find_spec(name) is None for name in ("celery", "dagster_celery", "redis")):
        raise OperatorError(
            "extra_needed",
            f"{VARIABLES['broker_url']} is set, but Celery is not installed.",
            "pip install 'meeting-pipeline[celery]'",
        )


def own_fleet(settings: Settings, identity: str = "") -> Fleet:
    """What this machine has. The settings were checked by ``require_shared_settings``."""
    key = settings.encryption_key.get_secret_value() if settings.encryption_key else ""
    secret = settings.webhook_signing_secret.get_secret_value() if settings.webhook_signing_secret else ""
    return Fleet(identity, _code(), _fingerprint("encryption", key), _fingerprint("signing", secret))


def register(settings: Settings, instance: "dg.DagsterInstance") -> Fleet:
    """Register what this machine has as what all must have; the identity stays. Only the owner of the daemon calls this."""
    before = registered(instance)
    fleet = own_fleet(settings, before.id if before is not None else uuid.uuid4().hex[:_SHOWN])
    instance.daemon_cursor_storage.set_cursor_values({_KEY: json.dumps(asdict(fleet))})
    return fleet


def registered(instance: "dg.DagsterInstance") -> Fleet | None:
    """What is registered; ``None`` before the first start of ``up`` with a broker."""
    found = instance.daemon_cursor_storage.get_cursor_values({_KEY}).get(_KEY)
    return Fleet(**json.loads(found)) if found else None


def require_same(settings: Settings, fleet: Fleet | None) -> Fleet:
    """Require that this machine has what is registered.

    Raises: OperatorError ``not_running``, ``other_code``, ``wrong_encryption_key``, ``wrong_signing_secret``.
    """
    if fleet is None:
        raise not_running()
    ours = own_fleet(settings, fleet.id)
    found = difference(ours, fleet)
    if found is not None:
        raise found
    return ours


def not_running() -> OperatorError:
    """The error for a database on which no system with a broker has started yet."""
    return OperatorError(
        "not_running",
        "No `meeting-pipeline up` with a broker has started on this database yet.",
        f"Start it first, with the same {VARIABLES['broker_url']} and {VARIABLES['database_url']}.",
    )


def difference(ours: "FleetIdentity", theirs: "FleetIdentity") -> OperatorError | None:
    """How this machine differs from the one with the daemon; ``None`` if they can work together."""
    if ours.code != theirs.code:
        return OperatorError(
            "other_code",
            f"This machine has a different version of the program ({ours.code}) from the one with the daemon "
            f"({theirs.code}).",
            "Install the same version on both. Restart `up` after an upgrade, then the workers.",
        )
    for name, code in (("encryption_key", "wrong_encryption_key"), ("signing_secret", "wrong_signing_secret")):
        if getattr(ours, name) != getattr(theirs, name):
            variable = VARIABLES["encryption_key" if name == "encryption_key" else "webhook_signing_secret"]
            return OperatorError(
                code,
                f"{variable} differs from the one on the machine with the daemon.",
                "Set it to the same value on all machines.",
            )
    return None


def announcement(fleet: Fleet, *, name: str, role: str, queue: str, slots: int) -> Machine:
    """What a machine announces to the others. ``queue``: its full name."""
    return Machine(
        name=name,
        role=role,
        host=socket.gethostname(),
        queue=queue,
        slots=slots,
        version=version("meeting-pipeline"),
        code=fleet.code,
        encryption_key=fleet.encryption_key,
        signing_secret=fleet.signing_secret,
    )


def _code() -> str:
    """Schema and a hash of the package's sources: two builds of one version number differ too."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    return f"{SCHEMA_HEAD}-{digest.hexdigest()[:_SHOWN]}"


def _fingerprint(purpose: str, key: str) -> str:
    return hashlib.sha256(f"meeting_pipeline/{purpose}\0{key}".encode()).hexdigest()[:_SHOWN]
