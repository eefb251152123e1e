"""Partition keys and content identity.

A key is generated, never a plain file name: ``YYYY-MM-DD-words`` of ``[a-z0-9-]``, at most ``KEY_LENGTH`` characters. The words
of the title are at the end, because lists and plots shorten keys in the middle. If another recording has that key, a short
disambiguator precedes the words: ``2026-11-20-2-weekly``, ``2026-11-20-3fa9-weekly``. Titles in other scripts are written in
Latin letters, character by character. Keys of earlier versions, ``YYYY-MM-DD-words-hash8``, do not change.

A key is never reused: content that is submitted again after its recording was deleted gets another key, because runs,
webhooks, receivers and bookmarks may still refer to the first one.
The Dagster UI, its command line and file systems all have problems with other characters; an original file name is data
only.
Must not go here: where the files of a recording are stored (``steps/intake/batch.py``), which keys are taken
(``store/recordings/recordings.py``).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from anyascii import anyascii

from meeting_pipeline.domain.text import normalized

KEY_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}(?:-[a-z0-9]{1,40}+){1,22}+")
KEY_LENGTH: Final = 32
"""Longest new key: what the lists of the Dagster UI show in full."""
MAX_KEY: Final = 60
"""Longest key of any version: a day, 40 characters of words and eight digits of a hash."""
_DAY: Final = len("2026-11-20")
_WORDS_LENGTH: Final = KEY_LENGTH - _DAY - 1
_COUNTED: Final = range(2, 10)
"""Disambiguators that people can count; after them come digits of the content's hash."""
_SHORT, _LONG = 4, 8
"""Hash digits of a disambiguator: the short ones are tried first."""
_TITLE_CHARACTERS: Final = 200
"""Characters of a title that are looked at: each gives several Latin letters at most, and few of them fit."""
_QUOTES: Final = re.compile(r"['`\u2018\u2019]")
"""Apostrophes, and what stands for letters that have no Latin one: they separate no words."""
_HASHED: Final = re.compile(r"[0-9a-f]{8}")
"""The end of a key of an earlier version, and of a deleted recording. No new key ends like this."""
_NAMELESS: Final = "recording"


def slug(text: str, length: int = _WORDS_LENGTH) -> str:
    """The first words of ``text`` in lower-case Latin letters and digits, joined by hyphens; ``recording`` if none are left.

    Words that do not fit into ``length`` characters are left out; a first word that does not fit is cut.
    """
    latin = _QUOTES.sub("", anyascii(normalized("NFKC", text[:_TITLE_CHARACTERS]))).lower()
    words = re.findall(r"[a-z0-9]++", latin)
    return _fitting(words, length) or _NAMELESS


def _fitting(words: list[str], length: int) -> str:
    kept = ""
    for word in words:
        longer = f"{kept}-{word}" if kept else word[:length]
        if len(longer) > length:
            break
        kept = longer
    return kept


def _words_of(meeting_date: date, name: str, length: int) -> str:
    """The words of a title or file stem, without the day of the meeting at their beginning: the key says it already."""
    everything = slug(name, _TITLE_CHARACTERS)
    for day in (meeting_date.isoformat(), meeting_date.strftime("%Y%m%d")):
        everything = everything.removeprefix(f"{day}-")
    words = _fitting(everything.split("-"), length)
    return words[:-1] if _HASHED.fullmatch(words.rpartition("-")[2]) else words


def mint_key(meeting_date: date, name: str, disambiguator: str = "") -> str:
    """The partition key of a recording, made of its date and its title or file stem."""
    before = f"{meeting_date.isoformat()}-" + (f"{disambiguator}-" if disambiguator else "")
    return before + _words_of(meeting_date, name, KEY_LENGTH - len(before))


def mint_keys(meeting_date: date, name: str, sha256: str, *, counted: bool = True) -> Iterator[str]:
    """Endless keys for this content, best first. Each may be taken by other content or by a deleted recording.

    ``counted``: begin with those that other content of this day and title would get as well. Without it, all have digits of the
    content's hash, so that two processes that cannot see each other give different contents different keys.
    """
    if counted:
        yield mint_key(meeting_date, name)
        for number in _COUNTED:
            yield mint_key(meeting_date, name, str(number))
        yield mint_key(meeting_date, name, sha256[:_SHORT])
    digits = sha256
    while True:
        for start in range(0, len(digits), _LONG):
            yield mint_key(meeting_date, name, digits[start : start + _LONG])
        digits = hashlib.sha256(digits.encode()).hexdigest()


def is_key(text: str) -> bool:
    """Whether ``text`` has the form of a partition key."""
    return len(text) <= MAX_KEY and KEY_PATTERN.fullmatch(text) is not None


def place_digits(key: str) -> str:
    """Eight hash digits that order the recordings of one day. Those of a deleted recording are the same as before."""
    last = key.rpartition("-")[2]
    return last if _HASHED.fullmatch(last) else hashlib.sha256(key.encode()).hexdigest()[:_LONG]


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises: OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_json(value: Any) -> str:
    """SHA-256 of a JSON value in canonical form (sorted keys, no spaces): equal values have equal hashes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()  # JSON may contain half of a UTF-16 pair


def blanked(key: str) -> str:
    """The key with everything after its day masked, at the same length: ``2026-11-20-xxxxxx-xxxxxxxx``."""
    return key[:_DAY] + re.sub(r"[a-z0-9]", "x", key[_DAY:])


def erased_key(key: str) -> str:
    """The key under which a deleted recording is kept: without words of its title, but derivable from the original key."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"{key[:_DAY]}-deleted-{digest}-{place_digits(key)}" if is_key(key) else key


def mentions_of(key: str) -> re.Pattern[str]:
    """A pattern that finds the key in a text, but not inside a longer key that starts or ends with it."""
    return re.compile(rf"(?<![0-9-]){re.escape(key)}(?![0-9a-z]|-[0-9a-z])")
