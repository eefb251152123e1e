"""The encoding of an export, found from its bytes.

Unicode is recognised by its own rules: byte order marks, zeros of UTF-16, valid UTF-8. For everything else, charset-normalizer
examines the lines that are not pure ASCII, among encodings that programs really write. Of the readings that it finds plausible,
the one whose letters belong to one language is chosen (``alphabets.py``). If two different readings are about as plausible, the
encoding cannot be known: the file is refused, with advice.
Must not go here: line ends, and whether the text is a transcript (``text.py``).
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers.imported.alphabets import plausibility

SAMPLE_BYTES: Final = 20_000
"""What the detector sees: enough to tell languages apart, and milliseconds of work."""
DAMAGED_SHARE: Final = 0.25
"""Up to this share of broken sequences among those that are not ASCII, a file is UTF-8 with damaged bytes. In text of
another encoding, hardly any sequence is valid UTF-8."""
ENOUGH_WHOLE: Final = 3
"""With this many valid sequences and only a single damaged byte, the file is UTF-8, however short it is."""
CERTAIN_CHAOS: Final = 0.2
"""The detector's measure of disorder, 0..1: its own default limit for a text that makes sense."""
PLAUSIBLE: Final = 0.8
"""Where fewer of its letters belong to one language, the text is probably mojibake. Names from elsewhere need some room."""
CLEAR_LEAD: Final = 0.05
"""A rival that is less plausible by no more than this, and reads another text, makes the answer uncertain."""
CONTROL_SHARE: Final = 0.02
"""A file with more control characters than this share is not text. A single one may be damage."""
_MOSTLY: Final = 0.9
_JAPANESE: Final = (b"\x1b$B", b"\x1b$@")
"""What switches to Japanese letters in the encoding of e-mails."""
_CONTROL_BYTES: Final = bytes([*range(0x09), *range(0x0E, 0x20)])
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY: Final = {
    "cp1252": "Windows-1252", "cp1250": "Windows-1250", "cp1251": "Windows-1251", "cp1253": "Windows-1253",
    "cp1254": "Windows-1254", "cp1255": "Windows-1255", "cp1256": "Windows-1256", "cp1257": "Windows-1257",
    "gb18030": "GB 18030", "big5": "Big5", "cp932": "Shift JIS", "euc_jp": "EUC-JP", "cp949": "Korean (cp949)",
    "koi8_r": "KOI8-R", "iso8859_2": "ISO 8859-2", "mac_roman": "Mac Roman", "cp866": "cp866",
}  # fmt: skip
"""Encodings that programs write, and their names, the most usual first."""
_BROKEN: Final = "\N{REPLACEMENT CHARACTER}"
_WIDE: Final = re.compile(r"[^\x00-\x7f]++")
_HALF: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_TWICE: Final = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u02dc\u2013-\u2122]")
"""What UTF-8 looks like when it is read as Windows-1252."""


@dataclass(frozen=True)
class Decoded:
    """A text, and what a reader should know about how it was decoded (a sentence, or nothing)."""

    text: str
    remark: str = ""


def decoded(data: bytes) -> Decoded:
    """Decode the bytes of a text file. Byte order marks are dropped, also doubled ones.

    Raises: IntakeRefused ``bad_transcript`` (nobody can know the encoding).
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _unicode(data, encoding)
    wide = _without_bom(data) or _sparse(data)
    if wide is not None:
        return _unicode(data, wide)
    if any(mark in data for mark in _JAPANESE) and data.isascii():
        try:
            return Decoded(data.decode("iso2022_jp"), "The file is not Unicode; it was read as ISO-2022-JP.")
        except UnicodeDecodeError:
            pass
    try:
        return _once(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _with_halves(data) or _damaged(data) or _legacy(data)


def _with_halves(data: bytes) -> Decoded | None:
    """Text with characters in two halves, as old programs encode emoji; a half alone is damage."""
    if _HALF.search(data) is None:
        return None
    try:
        whole = (
            data.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        )
    except UnicodeDecodeError:
        return None
    lost = whole.count(_BROKEN) - data.count(_BROKEN.encode())
    return Decoded(whole.lstrip("\ufeff"), _damage_remark(lost) if lost > 0 else "")


def _unicode(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, errors="replace").lstrip("\ufeff")
    lost = text.count(_BROKEN) - (data.count(_BROKEN.encode(encoding)) if encoding == "utf-8" else 0)
    return Decoded(text, _damage_remark(lost)) if lost > 0 else Decoded(text)


def _without_bom(data: bytes) -> str | None:
    """UTF-16 without byte order mark: digits, spaces and line ends have a zero byte, always on the same side."""
    even, odd = data[0:SAMPLE_BYTES:2].count(0), data[1:SAMPLE_BYTES:2].count(0)
    seen = min(len(data), SAMPLE_BYTES) // 2
    if seen < 2 or max(even, odd) < seen * 0.1 or min(even, odd) > max(even, odd) * 0.1:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _sparse(data: bytes) -> str | None:
    """The same for Chinese and Japanese, which may have hardly more than line ends beside their own letters."""
    if len(data) % 2 or b"\0" not in data[:SAMPLE_BYTES]:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = data[:SAMPLE_BYTES].decode(encoding, errors="replace")
        if sum(map(_is_eastern, text)) >= _MOSTLY * len(text) and ("\n" in text or "\r" in text):
            return encoding
    return None


def _is_eastern(character: str) -> bool:
    """Whether it is of a usual Chinese, Japanese or Korean text: no rare letter, which any bytes may be."""
    return (
        "\u3000" <= character <= "\u30ff"
        or "\u4e00" <= character <= "\u9fff"
        or "\uac00" <= character <= "\ud7a3"
        or ("\uff00" <= character <= "\uff60" or character in "\r\n")
    )


def _damaged(data: bytes) -> Decoded | None:
    """The text if it is UTF-8 with a few broken bytes; each costs one replacement character."""
    text = data.decode("utf-8", errors="replace")
    lost = text.count(_BROKEN) - data.count(_BROKEN.encode())
    whole = sum(len(found[0]) for found in _WIDE.finditer(text)) - lost
    if lost > max(int(whole >= ENOUGH_WHOLE), whole * DAMAGED_SHARE):
        return None
    return Decoded(text.lstrip("\ufeff"), _damage_remark(lost))


def _damage_remark(lost: int) -> str:
    return f"{lost} damaged {'byte is' if lost == 1 else 'bytes are'} shown as {_BROKEN}."


def _legacy(data: bytes) -> Decoded:
    """Raises: IntakeRefused ``bad_transcript``."""
    from charset_normalizer import from_bytes

    if len(data) - len(data.translate(None, _CONTROL_BYTES)) > 1 + len(data) * CONTROL_SHARE:
        raise not_text()
    sample = b"\n".join(line for line in data.splitlines() if not line.isascii())[:SAMPLE_BYTES]
    # A sample must not end within a character of several bytes.
    sample = sample[: sample.rfind(b"\n")] if len(sample) == SAMPLE_BYTES and b"\n" in sample else sample
    found = from_bytes(sample, cp_isolation=list(_LEGACY), threshold=CERTAIN_CHAOS, enable_fallback=False)
    usual = list(_LEGACY)
    readings = sorted((-plausibility(m.encoding, str(m)), usual.index(m.encoding), str(m)) for m in found)
    if not readings:
        raise unknown_encoding()
    best, at, text = readings[0]
    encoding = usual[at]
    rivals = [
        _LEGACY[usual[other]] for score, other, reads in readings[1:] if score - best < CLEAR_LEAD and reads != text
    ]
    if rivals or -best < PLAUSIBLE:
        raise unknown_encoding(_LEGACY[encoding], *rivals[:2])
    whole = data.decode(encoding, errors="replace")
    lost = whole.count(_BROKEN)
    remark = f"The file is not Unicode; it was read as {_LEGACY[encoding]}."
    return Decoded(whole, f"{remark} {_damage_remark(lost)}" if lost else remark)


def _once(text: str) -> Decoded:
    """Undo UTF-8 that another program read as Windows-1252 and saved again, if the whole text shows it."""
    text = text.lstrip("\ufeff")
    if text.isascii() or not _TWICE.search(text):
        return Decoded(text)
    try:
        repaired = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return Decoded(text)
    return Decoded(repaired.lstrip("\ufeff"), "The file had been encoded twice; this was undone.")


def not_text() -> IntakeRefused:
    """The refusal of a binary file."""
    return IntakeRefused(
        "bad_transcript",
        "The file is not text.",
        "Export the transcript again, as VTT, SRT or plain text, and submit that file.",
    )


def unknown_encoding(*candidates: str) -> IntakeRefused:
    """The refusal of a file whose letters nobody can know."""
    maybe = f" It may be {' or '.join(dict.fromkeys(candidates))}." if candidates else ""
    return IntakeRefused(
        "bad_transcript",
        f"The file is not Unicode, and its encoding is not certain.{maybe}",
        'Open it in the program that wrote it, or in a text editor that shows it correctly, choose "Save as" with the encoding '
        "UTF-8, and submit that file.",
    )
