"""How plausible a decoded text is: whether its letters are those of one language that the encoding was made for.

A wrong encoding turns letters into other letters: Polish read as Windows-1252 has Spanish, French and Icelandic letters in one
word. No single language has them all, which reveals the mistake.
Belongs here: the letters of languages, and the measure. Must not go here: choosing an encoding (``encodings.py``).
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_RARE: Final = 0.5
"""What a letter counts that its language has, but seldom uses."""
_LATIN: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "cp1252": (
        ("äöüß", "é"), ("éèêàçùâîôûëïœ", "üÿæ"), ("áéíóúñ¿¡ü", "ç"), ("ãçáéíóâêõúôà", "ü"), ("àèéìòù", "îó"), ("åäö", "é"),
        ("æøå", "éò"), ("éëïèöü", "áóúê"), ("áéíóúýþæöð", ""), ("àçéèíòóúïü·", ""), ("õäöüšž", ""), ("£€éà", ""),
    ),
    "cp1250": (
        ("ąćęłńóśźż", ""), ("áčďéěíňóřšťúůýž", ""), ("áäčďéíľňóôšťúýž", "ĺŕ"), ("áéíóöőúüű", ""), ("ăâîşţ", ""), ("čćžšđ", ""),
        ("äöüß", "é"),
    ),
    "cp1254": (("çğıöşüİ", "âî"),),
    "cp1257": (("āčēģīķļņšūž", ""), ("ąčęėįšųūž", ""), ("õäöüšž", "")),
}  # fmt: skip
"""Encoding -> the letters beyond ASCII of its languages: the usual ones, and the seldom ones."""
_SAME_LETTERS: Final = {"iso8859_2": "cp1250", "mac_roman": "cp1252"}
_SCRIPTS: Final = {"cp1251": "CYRILLIC", "koi8_r": "CYRILLIC", "cp866": "CYRILLIC",
                   "cp1253": "GREEK", "cp1255": "HEBREW", "cp1256": "ARABIC"}  # fmt: skip
_FREQUENT: Final = {"CYRILLIC": (frozenset("оеаинті"), 0.4), "GREEK": (frozenset("αοειητσν"), 0.45)}
"""Script -> letters that make up about half of any text without accents, and the share of the letters that they have at least."""
_NO_ACCENTS: Final = str.maketrans("άέήίόύώς", "αεηιουωσ")
_IMPOSSIBLE: Final = {
    "CYRILLIC": re.compile(r"[ьъы]", re.IGNORECASE),
    "GREEK": re.compile(r"[^ς]{0,40}+ς[^ς]|[^άέήίόύώ]{0,40}+[άέήίόύώ][^άέήίόύώ]{0,40}+[άέήίόύώ]"),
}
"""How no word of the script begins: with a sign; with a final sigma before its end, or two accents."""
_LEADS: Final = {"gb18030": ("gb2312", 0xB0, 0xD7), "big5": ("big5", 0xA4, 0xC6), "euc_jp": ("euc_jp", 0xB0, 0xCF),
                 "cp932": ("euc_jp", 0xB0, 0xCF), "cp949": ("euc_kr", 0xB0, 0xC8)}  # fmt: skip
"""Multi-byte encoding -> where its standard puts the characters in daily use, by the first byte (GB 2312, Big5 and JIS X 0208
level 1; the syllables of KS X 1001)."""
_KANA: Final = re.compile(r"[\u3040-\u30ff]")
_EAST_ASIAN_SIGN: Final = re.compile(r"[\u3000-\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\uff5e]")
"""Punctuation in daily use."""
_KANA_SHARE: Final = 0.1
"""No Japanese sentence is without kana."""
_TYPOGRAPHY: Final = frozenset("‘’‚“”„–—…«»‹›•°§€£·´\u00a0\N{REPLACEMENT CHARACTER}")  # noqa: RUF001 - the signs are meant
_WORD: Final = re.compile(r"[^\W\d_]++")
_SIGNS: Final = re.compile(r"(?<=[^\W\d_])[\u00a1-\u00bf](?=[^\W\d_])|[\u0080-\u009f]")
"""Signs within a word (``Ma³gorzata``) and control characters: the letters were others."""
_LAST_SYLLABLES: Final = 0xC8
_ENOUGH: Final = 8
"""So many characters with a first byte up to ``_LAST_SYLLABLES`` and none above it are Korean: in Chinese, almost half of
the characters in daily use are above it."""


def plausibility(encoding: str, text: str) -> float:
    """How well the characters beyond ASCII fit a language of this encoding, 0..1."""
    wide = [character for character in text if character > "\x7f" and character not in _TYPOGRAPHY]
    if not wide:
        return 1.0
    if encoding in _LEADS:
        return _multibyte(encoding, wide)
    latin = _LATIN.get(_SAME_LETTERS.get(encoding, encoding))
    if latin is None:
        return _of_a_script(text, wide, _SCRIPTS[encoding])
    badly = sum(not _cased(word) for word in _WORD.findall(text) if not word.isascii())
    return max(
        0.0, max(_covered(wide, *letters) for letters in latin) - (len(_SIGNS.findall(text)) + badly) / len(wide)
    )


def _covered(wide: list[str], usual: str, seldom: str) -> float:
    """The share of the characters that a language has."""
    return sum(1.0 if c in usual or c.lower() in usual else _RARE if c.lower() in seldom else 0.0 for c in wide) / len(
        wide
    )


def _multibyte(encoding: str, wide: list[str]) -> float:
    standard, low, high = _LEADS[encoding]
    daily = 0
    for character in wide:
        code = character.encode(standard, errors="ignore")
        kana = _KANA.match(character) is not None and encoding in ("cp932", "euc_jp")
        daily += kana or _EAST_ASIAN_SIGN.match(character) is not None or (len(code) == 2 and low <= code[0] <= high)
    share = daily / len(wide)
    if encoding == "gb18030" and len(wide) >= _ENOUGH and not any(_above(character) for character in wide):
        return share / 2
    if encoding in ("cp932", "euc_jp") and sum(map(bool, map(_KANA.match, wide))) < _KANA_SHARE * len(wide):
        return share / 2
    return share


def _above(character: str) -> bool:
    return character.encode("gb2312", errors="ignore")[:1] > bytes([_LAST_SYLLABLES])


def _of_a_script(text: str, wide: list[str], script: str) -> float:
    """For scripts with their own letters: words of this script and of usual case, with the letters that are frequent in it."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    if not words:
        return 0.0
    share = sum(len(word) for word in words if _is_of(script, word)) / len(wide)
    if script in _FREQUENT:
        frequent, least = _FREQUENT[script]
        letters = "".join(words).lower().translate(_NO_ACCENTS)
        share *= min(1.0, sum(c in frequent for c in letters) / len(letters) / least)
    return min(1.0, share)


def _is_of(script: str, word: str) -> bool:
    impossible = _IMPOSSIBLE.get(script)
    odd = impossible is not None and impossible.match(word.lower()) is not None
    return not odd and _cased(word) and all(_script(character) == script for character in word)


def _cased(word: str) -> bool:
    """Whether capitals are where words have them. A single capital beyond ASCII is not a word: it was a sign."""
    if len(word) == 1:
        return not word.isupper()
    return word.islower() or word.isupper() or word[1:].islower() or word.lower() == word.upper()


def _script(character: str) -> str:
    return unicodedata.name(character, "UNKNOWN").partition(" ")[0]
