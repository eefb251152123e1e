"""Partition keys and content identity.

A key is generated, never a plain file name: ``YYYY-MM-DD-slug-hash8`` of ``[a-z0-9-]``, at most ``MAX_KEY`` characters.
It is never reused: content that is submitted again after its recording was deleted gets another key, because runs,
webhooks, receivers and bookmarks may still refer to the first one.
The Dagster UI, its command line and file systems all have problems with other characters; an original file name is data
only.
Must not go here: where the files of a recording are stored (``steps/intake/batch.py``).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from meeting_pipeline.domain.text import normalized

KEY_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z0-9]{1,40}(?:-[a-z0-9]{1,40}){0,20}-[0-9a-f]{8}")
KEY_HASH_LENGTH = 8
_SLUG_LENGTH = 40
_BLOCK = 1024 * 1024
MAX_KEY = 10 + 1 + _SLUG_LENGTH + 1 + KEY_HASH_LENGTH


def slug(text: str) -> str:
    """Lower-case ASCII words of ``text`` joined by hyphens, at most 40 characters; ``recording`` if no words are left."""
    ascii_text = normalized("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")
    return words[:_SLUG_LENGTH].strip("-") or "recording"


def mint_key(meeting_date: date, name: str, sha256: str) -> str:
    """The partition key of a recording, made of its date, its title or file stem, and its content hash."""
    return f"{meeting_date.isoformat()}-{slug(name)}-{sha256[:KEY_HASH_LENGTH]}"


def mint_keys(meeting_date: date, name: str, sha256: str) -> Iterator[str]:
    """Endless keys for this content, best first. The first may be taken by other content or by a deleted recording.

    They differ in their last eight digits, so that none is a prefix of another.
    """
    digits = sha256
    while True:
        for start in range(0, len(digits), KEY_HASH_LENGTH):
            yield mint_key(meeting_date, name, digits[start:])
        digits = hashlib.sha256(digits.encode()).hexdigest()


def is_key(text: str) -> bool:
    """Whether ``text`` has the form of a partition key."""
    return len(text) <= MAX_KEY and KEY_PATTERN.fullmatch(text) is not None


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, read in blocks of 1 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def hash_json(value: Any) -> str:
    """SHA-256 of a JSON value in canonical form (sorted keys, no spaces): equal values have equal hashes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()  # JSON may contain half of a UTF-16 pair


def blanked(key: str) -> str:
    """The key with the words of its title masked, at the same length: ``2026-11-20-xxxxxx-0a1b2c3d``."""
    day, rest = key[:10], key[10:]
    words, dash, digits = rest.rpartition("-")
    return day + re.sub(r"[a-z0-9]", "x", words) + dash + digits


def erased_key(key: str) -> str:
    """The key under which a deleted recording is kept: without words of its title, but derivable from the original key."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"{key[:10]}-deleted-{digest}-{key[-KEY_HASH_LENGTH:]}" if is_key(key) else key


def mentions_of(key: str) -> re.Pattern[str]:
    """A pattern that finds the key in a text, but not inside a longer key that starts or ends with it."""
    return re.compile(rf"(?<![0-9-]){re.escape(key)}(?![0-9a-z]|-[0-9a-z])")
