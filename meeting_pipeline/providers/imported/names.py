"""Names of speakers before what they say: ``Ana: words``, ``[Ana]: words``, ``>> ANNA: words``. The whole file decides.

"Note: bring the forms" has the same shape as "Ana: bring the forms". If most cues begin with a name, every word in that place is
a name; if the file names only changes of speaker, a name must look like one, and the first cue must have one.
Must not go here: what looks like a name (``name_shapes.py``), rows of text exports (``prefixes.py``), who the speakers are
(``insights/speakers.py``).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from meeting_pipeline.domain.word_sets import word_set
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.name_shapes import DIRECTIONS, LABELS, Likeness, clean_name, likeness

MOST: Final = 0.5
"""More than this share of the cues must have a prefix before prefixes of any shape count as speakers ..."""
ALMOST_ALL: Final = 0.9
"""... and with this share, even words that rarely are names (``conference room 3``) count."""
SEVERAL: Final = 5
"""With fewer cues, a share says little."""
RECURRING: Final = 0.15
"""Where the first cue has no name, this share of the cues must have one, of two speakers who come back."""
_DASH: Final = re.compile(r"[-\u2010-\u2015\u2022*]\s{0,3}+(?=\S)")
_CHEVRON: Final = re.compile(r"(?:>{2,3}+|\u00bb)\s{0,9}+")
_PLAIN: Final = re.compile(
    r"(?P<name>[^:\uff1a<>\[\]{}\"\u201c\u201d]{1,80}+)(?:\uff1a|:(?=\s|$|[^\W\d_a-z]))\s{0,200}+(?P<words>.*)",
    re.DOTALL,
)
_ENCLOSED: Final = re.compile(
    r"(?:\[(?P<square>[^\[\]]{1,80}+)\]|\((?P<round>[^()]{1,80}+)\)|\u3010(?P<lens>[^\u3010\u3011]{1,80}+)\u3011"
    r"|\uff08(?P<wide>[^\uff08\uff09]{1,80}+)\uff09|\{(?P<brace>[^{}]{1,80}+)\}|<(?P<angle>[^<>]{1,80}+)>)"
    r"\s{0,20}+(?P<colon>[:\uff1a]?)\s{0,200}+(?P<words>.*)",
    re.DOTALL,
)
_OPEN: Final = ("[", "(", "{", "<", "\u3010", "\uff08")
_ENCLOSURES: Final = ("square", "round", "lens", "wide", "brace", "angle")
_LABELLED: Final = re.compile(
    r"(?:speaker|spk|spkr|sprecher(?:in)?|locuteur|intervenant|hablante|orador|falante|m[oó]wca|спикер|гость|host|guest|caller"
    r"|participant|interviewer|interviewee|moderator|說話者|说话人|話者|화자|דובר|متحدث)[\s_#-]{0,3}+(?:\d{1,4}|[a-z]{1,2}|\?)?",
    re.IGNORECASE,
)
"""What programs call a speaker whose name they do not know, in their languages."""
_SOUNDS: Final = word_set("""
    music applause laughter laughs laughing silence inaudible crosstalk noise pause cough coughs sighs chuckles background
    blank_audio
    blank audio foreign unintelligible clears throat cheering ringing beep bell typing speaking in overlapping sound no speech
    musik applaus lachen gelächter stille unverständlich musique rires applaudissements silencio música risas aplausos risos
    muzyka śmiech brawa музыка смех аплодисменты 音楽 音乐 掌声 笑 笑声 拍手
""")
"""Words of descriptions of sounds, which are in brackets too."""
_NO_NAME: Final = re.compile(r"[^\x00-\x7f]{31}")
"""No name has this many letters beyond ASCII without a space; putting a long run of accents into order takes long."""
_STAMPED: Final = re.compile(r"\s{0,3}[(\[]\d{1,3}:\d{2}(?::\d{2})?[)\]]$")
"""A time behind a name, which would make each turn another speaker."""
_SYMBOLS: Final = 0x2FFF
"""Above it are letters of other scripts, and emoji."""
_WORD: Final = re.compile(r"[^\W\d_]{1,40}+")
_clean: Final = lru_cache(maxsize=10_000)(clean_name)
"""Names come back."""


@dataclass(frozen=True)
class Prefix:
    """A name before words. ``enclosed``: in brackets. ``name`` is as ``clean_name`` returns it."""

    name: str
    words: str
    enclosed: bool = False
    colon: bool = True


@lru_cache(maxsize=10_000)
def shown_name(name: str | None) -> str | None:
    """The name in a voice tag, identifier or head row, without brackets; ``None`` if it is none, such as a dash."""
    shown = _STAMPED.sub("", _clean(name or "").strip(" :\uff1a"))
    if len(shown) > 2 and shown[0] + shown[-1] in ("[]", "()", "{}"):
        shown = shown[1:-1].strip()
    return shown if any(c.isalnum() or ord(c) > _SYMBOLS for c in shown) else None


def without_chevron(text: str) -> str | None:
    """The text behind ``>>``; ``None`` without one."""
    found = _CHEVRON.match(text)
    return text[found.end() :] if found else None


def prefix_of(text: str) -> Prefix | None:
    """The name before a text, by its shape alone; ``None`` without one. ``10:30`` is none, and neither is ``https://``."""
    text = text if text.isascii() else DIRECTIONS.sub("", text)
    dash = _DASH.match(text)
    bare = text[dash.end() :] if dash else text
    enclosed = _ENCLOSED.fullmatch(bare) if bare[:1] in _OPEN else None
    if enclosed is not None:
        name = _clean(next(name for name in enclosed.group(*_ENCLOSURES) if name))
        return Prefix(name, enclosed["words"], enclosed=True, colon=bool(enclosed["colon"])) if name else None
    plain = _PLAIN.fullmatch(bare)
    if plain is None or _NO_NAME.search(plain["name"]):
        return None
    name = _clean(plain["name"])
    return Prefix(name, plain["words"]) if any(c.isalnum() for c in name) and not name[0].isspace() else None


def openings(rows: Sequence[str]) -> list[str]:
    """The texts in a cue before which a name may be: its beginning, and each further row with a dash and a name."""
    texts: list[list[str]] = [[]]
    for row in rows:
        if texts[-1] and _DASH.match(row) and prefix_of(row) is not None:
            texts.append([])
        texts[-1].append(row)
    return [" ".join(text) for text in texts]


def names_after_chevrons(texts: Sequence[str]) -> frozenset[str]:
    """The names before these texts, which stood behind a ``>>``: another speaker begins there, so a few words are not a name."""
    split = (prefix_of(text) for text in texts)
    return frozenset(p.name for p in split if p and not p.enclosed and likeness(p.name) is Likeness.STRONG)


def names_before(texts: Sequence[str]) -> tuple[frozenset[str], bool]:
    """The names of speakers that are before these texts, and whether they are in brackets. Empty: there are none."""
    split = [prefix_of(text) for text in texts]
    enclosed = _enclosed_names([prefix if prefix and prefix.enclosed else None for prefix in split])
    if enclosed:
        return enclosed, True
    return _plain_names([prefix if prefix and not prefix.enclosed else None for prefix in split], texts), False


def _plain_names(split: Sequence[Prefix | None], texts: Sequence[str]) -> frozenset[str]:
    counts = Counter(prefix.name for prefix in split if prefix)
    if len(counts) > policies.MAX_TRANSCRIPT_SPEAKERS:  # most of them are words
        counts = Counter({name: count for name, count in counts.items() if count > 1})
    share = counts.total() / max(1, len(split))
    if share > MOST:
        named = frozenset(name for name, count in counts.items() if _may_be_name(name, count, share, len(split)))
        if sum(counts[name] for name in named) > MOST * len(split):
            return named
    small = frozenset(word for text in texts for word in _WORD.findall(text) if word.islower())
    likely = frozenset(name for name, count in counts.items() if _is_likely(name, count, small))
    first = next((prefix for prefix, text in zip(split, texts, strict=True) if text), None)
    begins = first is not None and first.name in likely
    total = sum(counts[name] for name in likely)
    if begins and (total > 1 or (first is not None and " " in first.name)):
        return likely
    again = [name for name in likely if counts[name] > 1]
    return likely if len(again) > 1 and total >= RECURRING * len(split) else frozenset()


def _may_be_name(name: str, count: int, share: float, cues: int) -> bool:
    """Whether words before a colon are a name, in a file that has them before most cues."""
    almost_all = share >= ALMOST_ALL and (count > 1 or cues >= SEVERAL)
    if name.casefold() in LABELS:
        return share >= ALMOST_ALL and count > 1
    like = _likeness(name)
    cased = any(c.isupper() or c.islower() for c in name)  # without capital letters, no full name is stronger than this
    return like is Likeness.STRONG or almost_all or count > 1 or (like is Likeness.WEAK and not (cased and " " in name))


def _likeness(name: str) -> Likeness:
    return Likeness.STRONG if _LABELLED.fullmatch(name) and name.casefold() not in LABELS else likeness(name)


def _is_likely(name: str, count: int, small: frozenset[str]) -> bool:
    like = _likeness(name)
    if like is Likeness.NONE:
        return False
    if count == 1 and " " not in name and name.casefold() in small:
        return False  # the file has it as a common word
    return like is Likeness.STRONG or count > 1 or not any(c.islower() for c in name)


def _enclosed_names(split: Sequence[Prefix | None]) -> frozenset[str]:
    """Names in brackets: what programs call a speaker, or names before most cues. A description of a sound is not a name."""
    counts = Counter(prefix.name for prefix in split if prefix and not _is_sound(prefix.name))
    labelled = frozenset(name for name in counts if _LABELLED.fullmatch(name))
    colons = {prefix.name for prefix in split if prefix and prefix.colon}
    others = frozenset(name for name in counts if likeness(name) is Likeness.STRONG or name in colons)
    named = labelled | others
    total = sum(counts[name] for name in named)
    most = total > MOST * len(split) and (total > 1 or bool(named & colons))
    first = split[0] if split else None
    changes = first is not None and first.name in named & colons and total > 1
    return named if most or changes else labelled


def _is_sound(name: str) -> bool:
    words = _WORD.findall(name.casefold()) or [name.casefold()]
    return name.casefold() in _SOUNDS or all(word in _SOUNDS for word in words)
