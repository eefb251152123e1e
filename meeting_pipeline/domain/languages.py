"""The language of a transcript: as its source names it, or guessed from its script and its frequent words.

Used only to detect unsupported languages and the reading direction. Code that needs certainty must ask the source. Must not go
here: rules for one language, whether the checks of claims know a language (``verification/languages.py``).
"""

import re
from collections import Counter
from typing import Final

from meeting_pipeline.domain.transcript import Transcript

NAMES: Final = {
    "ar": "Arabic", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ru": "Russian", "th": "Thai", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
"""Names in English of the languages that are recognised, by ISO 639-1 code."""
UNSPACED: Final = frozenset({"ja", "th", "zh"})
"""Languages that do not separate words."""
_OLD_CODES: Final = {"iw": "he", "cmn": "zh", "yue": "zh", "deu": "de", "fra": "fr", "spa": "es", "por": "pt", "pol": "pl",
                     "rus": "ru", "jpn": "ja", "heb": "he", "ara": "ar", "eng": "en", "zho": "zh"}  # fmt: skip
_UNNAMED: Final = frozenset({"", "und", "auto", "multi", "mul", "unknown", "none", "null"})
_READ_CHARACTERS: Final = 20_000
"""Characters at the beginning of a transcript that are looked at."""
_LETTER: Final = re.compile(r"[^\W\d_]")
_WORD: Final = re.compile(r"[^\W\d_]++")
_SCRIPTS: Final = {
    "he": re.compile(r"[\u0590-\u05ff]"),
    "ar": re.compile(r"[\u0600-\u06ff\u0750-\u077f]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "zh": re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"),
}
"""The most common language of each script."""
_WITHIN: Final = {
    "ar": ("fa", re.compile(r"[پچژگ]")),
    "ru": ("uk", re.compile(r"[іїєґ]")),
    "zh": ("ja", re.compile(r"[\u3040-\u30ff]")),
}
"""Letters that show another language of the same script."""
_SCRIPT_SHARE: Final = 0.5
"""Share of the letters above which a script is that of the language: names in Latin letters may be the rest."""
_WITHIN_SHARE: Final = 0.01
"""Share of the letters of a script that another language alone uses: quoted names have fewer."""
_FREQUENT: Final = {
    "de": "und der die das ist nicht wir ich ein eine mit auf für dass sie haben wird auch noch aber wenn bis kann",
    "fr": "et le les des est pas vous nous que une dans pour qui sur avec je il elle sont ça cette mais ou donc",
    "es": "el los las que una es por con para pero muy nosotros está como más lo del hay sí también vamos porque",
    "pt": "o os que uma não para com mas muito nós está como mais do da dos em você também vamos porque isso então",
    "it": "il che di non una per con sono della gli anche ma più come questo noi è perché abbiamo quindi nel",
    "nl": "de het een en niet dat van ik wij we op te voor zijn maar ook met is nog hebben moet naar",
    "pl": "nie się jest na że to i w z do jak ale czy tak już może będzie mamy który przez dla",
    "en": "the and that this with you are your our they what would it's we'll don't there about not but if it yes please",
}
"""Frequent words of the languages in Latin script that are distinguished."""
_FREQUENT_SETS: Final = {code: frozenset(words.split()) for code, words in _FREQUENT.items()}
_FREQUENT_SHARE: Final = 0.12
"""At least this share of the words must be frequent ones of the language: in running talk it is a quarter and more."""
_DIFFERENT: Final = 3
"""Different frequent words that must occur: one alone may be a name."""
_AHEAD: Final = 1.5
"""The first language must have this many times the frequent words of the second; Spanish and Portuguese share many."""


def language_of(transcript: Transcript) -> str | None:
    """The ISO 639-1 code of the language; ``None`` if it is not certain."""
    named = (transcript.language or "").replace("-", "_").partition("_")[0].casefold()
    if named not in _UNNAMED:
        return _OLD_CODES.get(named, named)
    text = ""
    for segment in transcript.segments:
        text += segment.text[: _READ_CHARACTERS - len(text)] + " "
        if len(text) >= _READ_CHARACTERS:
            break
    return _by_script(text) or _by_words(text)


def language_name(code: str) -> str:
    """The language's name in English; the code itself if it is not in ``NAMES``."""
    return NAMES.get(code, f"language {code!r}")


def _by_script(text: str) -> str | None:
    letters = len(_LETTER.findall(text))
    for code, script in _SCRIPTS.items():
        found = len(script.findall(text))
        if letters and found > letters * _SCRIPT_SHARE:
            other, marks = _WITHIN.get(code, (code, script))
            return other if len(marks.findall(text)) > found * _WITHIN_SHARE else code
    return None


def _by_words(text: str) -> str | None:
    words = Counter(_WORD.findall(text.casefold()))
    counts = Counter({code: sum(words[word] for word in frequent) for code, frequent in _FREQUENT_SETS.items()})
    (code, most), (_, second) = counts.most_common(2)
    different = sum(1 for word in _FREQUENT_SETS[code] if words[word])
    if most < words.total() * _FREQUENT_SHARE or different < _DIFFERENT or most < second * _AHEAD:
        return None
    return code
