"""How much some words look like the name of a speaker. One row alone never decides: ``speaker_heads.py`` judges the whole file.

Must not go here: who the speakers are (``insights/speakers.py``), prefixes of cues (``names.py``).
"""

import re
import unicodedata
from enum import IntEnum
from typing import Final

from meeting_pipeline.domain.text import normalized, one_line
from meeting_pipeline.domain.word_sets import word_set

LONGEST: Final = 80
"""Characters of a name, with its remarks in brackets."""
DIRECTIONS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks of the direction of writing, which are on either side of a name, before or behind its colon."""
_MOST_WORDS: Final = 8
"""Words of a name, with titles and particles."""
_MOST_SMALL_WORDS: Final = 2
"""Words of a name in small letters throughout: more of them are a sentence."""
_MOST_UNCASED: Final = 14
"""Letters of a name in a script without capital letters: a Chinese name has four, an office or a full Arabic name has more."""
_REMARK: Final = re.compile(r"\([^()]{0,80}+\)|\[[^\[\]]{0,80}+\]")
_NUMBERED: Final = re.compile(r"[^\W\d_]{2,20}+[ _-]?\d{1,3}")
_ADDRESS: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,80}+|@\S{1,60}+")
_PHONE: Final = re.compile(r"\+?[\d*x().\s-]{5,30}+")
_PARTICLES: Final = word_set(
    """de da do dos das del della di du la le el al bin ibn ben van von der den ter ten zu zum zur of the and und et y e i
    av af"""
)
"""Words that names write small."""
LABELS: Final = word_set(
    """note notes question answer action actions agenda decision decisions todo to-do summary subject re
    fwd date time start end duration attendees participants present absent apologies invited location
    place topic topics title meeting event host organizer recorded recording transcript transcription
    language created link url source file status version page chapter section important warning remark
    remarks ps p.s background context outcome goal goals next steps p.p.s example fact facts update idea
    problem datum uhrzeit teilnehmer anwesend ort thema betreff notiz notizen frage antwort beschluss
    aufgabe hinweis beispiel protokoll fecha hora asistentes participantes lugar tema asunto nota
    pregunta respuesta acuerdo decisión resumen date heure présents lieu objet sujet réponse décision
    résumé remarque data horário local assunto pergunta resposta decisão resumo uwaga temat pytanie
    odpowiedź uczestnicy дата время участники тема место вопрос ответ примечание решение 日期 时间 地点 主题 参会人
    参会人员 与会者 议题 会议主题 日時 場所 出席者 参加者 議題"""
) | {"meeting title", "meeting participants", "meeting date", "recording date", "action items", "key points"}
"""Words before a colon that name a part of notes, not a person, in the languages that exports come in."""


class Likeness(IntEnum):
    """How much words look like a name."""

    NONE = 0
    WEAK = 1
    STRONG = 2


def clean_name(text: str) -> str:
    """A name for display: one line, single spaces, composed letters, without invisible marks: one speaker has one name."""
    return normalized("NFC", one_line(text.replace("\N{NO-BREAK SPACE}", " ")))


def likeness(name: str) -> Likeness:
    """How much ``name``, as ``clean_name`` returns it, looks like the name of a speaker."""
    if not name or len(name) > LONGEST or name.casefold().rstrip(":") in LABELS:
        return Likeness.NONE
    if _NUMBERED.fullmatch(name) or _ADDRESS.fullmatch(name):
        return Likeness.STRONG
    if _PHONE.fullmatch(name) and sum(character.isdigit() for character in name) >= 2:
        return Likeness.STRONG
    core = _REMARK.sub(" ", name).strip(" -\N{EN DASH}\N{EM DASH}")
    letters = [character for character in core if character.isalpha()]
    if (
        not letters
        or any(mark in core for mark in "?!;=<>{}")
        or (core.endswith((".", ",", "…")) and not _is_initial(core))
    ):
        return Likeness.NONE
    if not any(character.isupper() or character.islower() for character in letters):
        return (
            Likeness.WEAK
            if len(letters) <= _MOST_UNCASED and "," not in core and "\N{FULLWIDTH COMMA}" not in core
            else Likeness.NONE
        )
    return _cased(core)


def _cased(core: str) -> Likeness:
    words = [
        word
        for word in (part.strip(".,'\N{RIGHT SINGLE QUOTATION MARK}\"-·|/_&") for part in core.split())
        if any(map(str.isalpha, word))
    ]
    if not words or len(words) > _MOST_WORDS:
        return Likeness.NONE
    small = [word for word in words if _starts_small(word) and word.casefold() not in _PARTICLES]
    if not small:
        return Likeness.STRONG
    if len(small) == len(words):
        return Likeness.WEAK if len(words) <= _MOST_SMALL_WORDS else Likeness.NONE
    return Likeness.WEAK if len(words) <= 3 and len(small) == 1 else Likeness.NONE


def _starts_small(word: str) -> bool:
    first = next(character for character in word if character.isalpha())
    return unicodedata.category(first) == "Ll" and not any(character.isupper() for character in word)


def _is_initial(core: str) -> bool:
    """Whether the full stop ends an initial or title: ``Ana L.``, ``Martin Luther King Jr.``."""
    last = core.split()[-1]
    return last.endswith(".") and len(last) <= 4
