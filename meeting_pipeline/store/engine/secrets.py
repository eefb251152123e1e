"""Keys of an installation, and the cipher for webhook secrets at rest.

Belongs here: creating, finding and using key material. A key comes from the settings, or is created on first start in
``<home>/keys`` (mode 0600), which backups must include.
Must not go here: the data encrypted with it (``store/recordings/recordings.py``, ``store/outbox/outbox.py``).
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from meeting_pipeline.domain.errors import OperatorError, PermanentError
from meeting_pipeline.settings import VARIABLES, Settings

KEY_FOLDER = "keys"
ENCRYPTION_KEY_FILE = "encryption.key"
SIGNING_KEY_FILE = "webhook-signing.key"
KEY_FILE_ADVICE = (
    "Restore it from a backup. If that is not possible, remove the file: the next start makes a new key. Receivers then need the "
    "new signing secret, and webhook secrets that were stored with a lost encryption key cannot be read any more."
)


class Cipher:
    """Encrypts short secrets with Fernet (AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, key: str) -> None:
        """Raises: PermanentError ``bad_setting`` if ``key`` is not a Fernet key."""
        try:
            self._fernet = Fernet(key)
        except ValueError as error:
            raise PermanentError(
                "bad_setting",
                f"{VARIABLES['encryption_key']} is not a Fernet key (32 bytes, URL-safe base64).",
                "Use the key that this database was written with.",
            ) from error

    def encrypt(self, text: str) -> str:
        """The encrypted text to store."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The secret. Raises: OperatorError ``wrong_encryption_key``."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except (InvalidToken, ValueError) as error:  # ValueError: not valid UTF-8
            raise OperatorError(
                "wrong_encryption_key",
                "A stored webhook secret cannot be decrypted with the current key.",
                f"Restore the key file, or set {VARIABLES['encryption_key']} to the key in use when it was stored.",
            ) from error


def encryption_key(settings: Settings) -> str:
    """The Fernet key: from the settings, else from the installation's key file."""
    if settings.encryption_key is not None:
        return settings.encryption_key.get_secret_value()
    return _own_key(settings.home, ENCRYPTION_KEY_FILE, lambda: Fernet.generate_key().decode(), Cipher)


def signing_secret(settings: Settings) -> str:
    """The ``whsec_...`` secret that signs webhooks: from the settings, else from the installation's key file."""
    if settings.webhook_signing_secret is not None:
        return settings.webhook_signing_secret.get_secret_value()
    from meeting_pipeline.webhooks.signing import check_signing_secret, new_signing_secret

    return _own_key(settings.home, SIGNING_KEY_FILE, new_signing_secret, check_signing_secret)


def _own_key(home: Path, name: str, make: Callable[[], str], check: Callable[[str], object]) -> str:
    """Read the key file, creating it first if missing. If two processes create it at once, one wins and both use its key.

    Raises: PermanentError ``bad_setting`` if the file does not hold a key: a power cut or a full disk may have emptied it.
    """
    folder = home / KEY_FOLDER
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process created it first; its key is used
        finally:
            draft.unlink()
        _flush_folder(folder)  # encrypted data must not survive a power cut without its key
    try:
        key = path.read_text(encoding="ascii").strip()
        check(key)
    except (UnicodeDecodeError, PermanentError):  # not chained: the first quotes the file, the second names a variable
        raise PermanentError("bad_setting", f"{path} does not hold a key.", KEY_FILE_ADVICE) from None
    return key


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
