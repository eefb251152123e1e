"""Which files of one folder belong to one meeting, by their names.

* A recording ``talk.wav`` with ``talk.vtt``, ``talk.wav.vtt``, ``talk.transcript.vtt``, ``talk.en.vtt`` or
  ``talk - Transcript.docx``. If there are several, the richest format is its transcript (``TRANSCRIPT_ENDINGS``). What may as
  well be an agenda or a camera's data is its transcript only if its name says so (``AMBIGUOUS_ENDINGS``).
* Exports without a recording that differ only in their ending: Whisper writes up to five. Exports with
  different words are separate meetings, which is known only after reading them (``ingest.py``).
* The files of one meeting in Zoom's cloud, which begin with the same ``GMT20260312-140000_...``: audio, videos, transcript, chat.
* ``NAME.json`` is the sidecar of a file, unless it is a transcript (``json_kind.py``).

The remaining files of a meeting are *spare*: they do not become a meeting. Must not go here: reading the disk (``inbox.py``),
what becomes of spare files (``originals.py``).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from meeting_pipeline.domain.text import normalized
from meeting_pipeline.media.formats import is_media, is_transcript

TRANSCRIPT_ENDINGS: Final = (
    *(
        ".transcript.vtt",
        ".cc.vtt",
        ".vtt",
        ".srt",
        ".json",
        ".jsonl",
        ".docx",
        ".tsv",
        ".csv",
        ".ttml",
        ".dfxp",
        ".ass",
        ".ssa",
    ),
    *(".sbv", ".srv3", ".srv1", ".stm", ".odt", ".rtf", ".txt", ".md", ".ctm", ".lrc", ".xml", ".html", ".htm"),
)
"""Formats of transcripts, the richest first: names and times, then times, then neither. Zoom's own transcript has names that its
closed captions lack."""
AMBIGUOUS_ENDINGS: Final = (".md", ".html", ".htm", ".rtf", ".odt", ".csv", ".xml")
"""Formats that mostly hold other things than transcripts. A file ``talk.md`` or ``talk.xml`` beside a recording must neither
take the place of its transcription nor have it rejected."""
_LANGUAGE: Final = re.compile(
    r"\.(?:[a-z]{2,3}(?:[-_](?:[A-Za-z]{2,4}|\d{3}))?|(?i:english|german|deutsch|french|français|spanish|español|italian|italiano"
    r"|portuguese|português|dutch|polish|russian|chinese|japanese|korean|arabic))"
)
"""``.en``, ``.pt-BR``, ``.es-419``, ``.English``."""
_KINDS: Final = (".sdh", ".cc", ".hi", ".forced", ".auto", ".default")
"""What programs write behind the language, of captions for the deaf, and of those that nobody wrote."""
_CALLED: Final = re.compile(
    r"(?P<stem>.{1,200}?)(?P<between>[ ._\u3000-]{1,3}+)(?:transcript|transcription|captions|subtitles|otter_ai"
    r"|(?:besprechungs)?transkript|transkription|untertitel|sous-titres|transcripción|subtítulos|transcrição|legendas|trascrizione"
    r"|sottotitoli|transcriptie|ondertitels|transkrypcja|napisy|расшифровка|транскрипция|субтитры|文字起こし|字幕|文字记录|转写|逐字稿|자막|תמליל)",
    re.IGNORECASE,
)
"""Teams, Meet and others write what a file is at the end of its name: ``Weekly - Transcript.docx``."""
_RECORDINGS: Final = (
    "Recording", "recording", "Besprechungsaufzeichnung", "Aufzeichnung", "Aufnahme", "Enregistrement", "Grabación", "Gravação",
    "Registrazione", "Opname", "Nagranie", "Запись", "запись", "録画", "録音", "录制", "录音", "录像", "녹화", "הקלטה",
)  # fmt: skip
"""What the recording is called then, if anything: ``Weekly-Meeting Recording.mp4``."""
_ZOOM: Final = re.compile(
    r"(?P<meeting>GMT\d{8}-\d{6}_[^.]{1,150}?)(?:_(?:gallery|avo|as|gvo|gallery_as|avo_as|separate|ss|speaker|active|ci))*+"
    r"(?:_\d{3,4}x\d{3,4})?(?:newChat|_newChat|_chat)?(?P<ending>(?:\.[A-Za-z]{2,12}){0,2}\.[A-Za-z0-9]{2,5})"
)
_CHAT: Final = re.compile(
    r"(?:GMT.{0,200}chat|.{0,200}newChat|chat|meeting_saved_chat|meeting_saved_new_chat)\.txt", re.IGNORECASE
)
"""Names that Zoom gives to chats."""
_ZOOM_LOCAL: Final = re.compile(r"(?:audio|video)(?P<meeting>\d{6,12})\.(?:m4a|mp4)", re.IGNORECASE)
"""What Zoom saves on the machine: the sound, and the same sound with pictures."""
_SOUND_FIRST: Final = (".m4a", ".mp3", ".wav")


@dataclass(frozen=True)
class Pairing:
    """Names of the files of one meeting. ``main`` is the recording, or else the transcript."""

    main: str
    transcript: str | None = None
    sidecar: str | None = None
    spare: tuple[str, ...] = ()


def paired(names: Sequence[str], is_sidecar: Callable[[str], bool]) -> tuple[list[Pairing], list[str]]:
    """The meetings of a folder, recordings first, and the sidecars that belong to none.

    ``names``: the files, sorted. ``is_sidecar`` tells the kind of a ``.json`` file.
    """
    sidecars = [name for name in names if _ending_folded(name).endswith(".json") and is_sidecar(name)]
    details = _Sidecars(sidecars)
    others = [name for name in names if name not in details.all]
    groups = [*_zoom_groups(others), *_zoom_local_groups(others)]
    grouped = {name for group in groups for name in group}
    pairings = [_zoom_pairing(group, details) for group in groups]
    rest = [name for name in others if name not in grouped]
    pairings += _with_recordings(rest, details)
    taken = {name for pairing in pairings for name in _names_of(pairing)}
    pairings += _without_recordings([name for name in rest if name not in taken], details)
    used = {pairing.sidecar for pairing in pairings}
    return pairings, [name for name in sidecars if name not in used]


def family_prefix(name: str) -> str:
    """What the names of all files begin with that may belong to one meeting with this file. Others may begin with it too."""
    zoom = _ZOOM.fullmatch(name)
    if zoom is not None:
        return name[: len("GMT20260312-140000_")]
    plain = PurePath(name).stem if _ending_folded(name).endswith(".json") else name
    starts = {prefix for one in (name, plain) for prefix in _starts(one)}
    first, last = min(starts), max(starts)
    same = next(
        (place for place, one in enumerate(first) if not one.isascii() or not last.startswith(first[: place + 1])),
        len(first),
    )  # letters beyond ASCII may be written in two ways
    return first[:same]


def _starts(name: str) -> Iterator[str]:
    for stem in (PurePath(name).stem, *_stems(name)):
        yield stem
        for word in _RECORDINGS:
            if stem.endswith(word):
                yield stem.removesuffix(word).rstrip(" ._-")


class _Sidecars:
    """The sidecars of a folder. One that belongs to a recording speaks for no other file."""

    def __init__(self, names: Sequence[str]) -> None:
        self.all = frozenset(names)
        self._present = {_composed(_ending_folded(name)): name for name in names}
        self._taken: set[str] = set()

    def take(self, name: str, *, shared: bool) -> str | None:
        """The sidecar of this file. ``shared``: other recordings of the same name have it too."""
        for wanted in (f"{name}.json", f"{PurePath(name).stem}.json"):
            found = self._present.get(_composed(wanted))
            if found is not None and (shared or found not in self._taken):
                self._taken.add(found)
                return found
        return None


def _names_of(pairing: Pairing) -> Iterable[str]:
    return (name for name in (pairing.main, pairing.transcript, *pairing.spare) if name is not None)


def _with_recordings(names: Sequence[str], details: _Sidecars) -> list[Pairing]:
    recordings = [name for name in names if is_media(PurePath(name))]
    transcripts: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if name not in recordings and is_transcript(PurePath(name)):
            for stem in _stems(name):
                transcripts[_composed(stem)].append(name)
    pairings = []
    letters = Counter(_composed(PurePath(name).stem).casefold() for name in recordings)
    folded: dict[str, list[str]] = defaultdict(list)
    for stem, found in transcripts.items():
        folded[stem.casefold()] += found
    for name in recordings:
        stem = _composed(PurePath(name).stem)
        own = [*transcripts.get(stem, ()), *transcripts.get(_composed(_ending_folded(name)), ())]
        if not own and letters[stem.casefold()] == 1:  # Windows and macOS take Talk and talk for one name
            own = folded.get(stem.casefold(), [])
        beside = [*dict.fromkeys(own)]
        beside.sort(key=lambda found: _rank(found, stem, name))
        transcript = next((found for found in beside if _may_be_its_transcript(found)), None)
        spare = tuple(found for found in beside if found != transcript)
        pairings.append(Pairing(name, transcript, details.take(name, shared=True), spare))
    return pairings


def _without_recordings(names: Sequence[str], details: _Sidecars) -> list[Pairing]:
    groups: dict[str, list[str]] = {}
    for name in names:
        known = is_transcript(PurePath(name))
        groups.setdefault(PurePath(name).stem if known else f"/{name}", []).append(name)
    pairings = []
    for stem, group in groups.items():
        group.sort(key=lambda found: _rank(found, stem, ""))
        sidecar = next((found for name in group if (found := details.take(name, shared=False)) is not None), None)
        pairings.append(Pairing(group[0], None, sidecar, tuple(group[1:])))
    return pairings


def _zoom_groups(names: Sequence[str]) -> list[list[str]]:
    """The files of each meeting in Zoom's cloud of which there is more than one, and not only a chat."""
    groups: dict[str, list[str]] = {}
    for name in names:
        found = _ZOOM.fullmatch(name)
        if found is not None and (is_media(PurePath(name)) or is_transcript(PurePath(name))):
            groups.setdefault(found["meeting"].removesuffix("newChat"), []).append(name)
    return [group for group in groups.values() if len(group) > 1 and any(map(_is_talk, group))]


def _zoom_local_groups(names: Sequence[str]) -> list[list[str]]:
    """The sound and the picture of each meeting that Zoom saved on the machine, if there are both."""
    groups: dict[str, list[str]] = {}
    for name in names:
        found = _ZOOM_LOCAL.fullmatch(name)
        if found is not None:
            groups.setdefault(found["meeting"], []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _zoom_pairing(group: Sequence[str], details: _Sidecars) -> Pairing:
    """The sound alone is the recording: the words are the same in each video, and videos are a hundred times as large."""
    recordings = sorted(
        filter(_names_media, group), key=lambda name: (PurePath(name).suffix.lower() not in _SOUND_FIRST, name)
    )
    talk = [name for name in group if _is_talk(name) and not _names_media(name)]
    talk.sort(key=lambda name: _rank(name, "", ""))
    main = (recordings or talk)[0]
    transcript = talk[0] if talk and recordings else None
    spare = tuple(name for name in group if name not in (main, transcript))
    return Pairing(
        main, transcript, next((found for name in group if (found := details.take(name, shared=False))), None), spare
    )


def _names_media(name: str) -> bool:
    return is_media(PurePath(name))


def _may_be_its_transcript(name: str) -> bool:
    stem = PurePath(name).stem
    named = stem.lower().endswith((".transcript", ".cc")) or _CALLED.fullmatch(stem) is not None
    return named or not _ending_folded(name).endswith(AMBIGUOUS_ENDINGS)


def _is_talk(name: str) -> bool:
    return not _CHAT.fullmatch(name)


def _stems(name: str) -> list[str]:
    """The recordings that a transcript may belong to, as a stem or a whole name: ``talk.en.vtt`` to ``talk`` and ``talk.en``."""
    stem = _ending_folded(PurePath(name).stem)
    plain = stem.removesuffix(".transcript")
    for kind in _KINDS:
        plain = plain.removesuffix(kind)
    short = PurePath(plain)
    found = [PurePath(name).stem, stem, plain]
    called = _CALLED.fullmatch(PurePath(name).stem)
    if called is not None:
        found += [called["stem"], *(f"{called['stem']}{called['between']}{word}" for word in _RECORDINGS)]
    if _LANGUAGE.fullmatch(short.suffix):
        found += [short.stem, _ending_folded(short.stem)]
    return list(dict.fromkeys(found))


def _rank(name: str, stem: str, recording: str) -> tuple[int, int, str]:
    """The order of transcripts of one meeting: the plain name first, then by format."""
    folded = _ending_folded(name)
    plain = PurePath(name).stem in (stem, recording, f"{stem}.transcript", f"{stem}.cc") or not stem
    ending = next(
        (place for place, each in enumerate(TRANSCRIPT_ENDINGS) if folded.endswith(each)), len(TRANSCRIPT_ENDINGS)
    )
    return (0 if plain else 1, ending, name)


def _composed(name: str) -> str:
    """The name with composed letters: macOS writes ``é`` as two characters, other systems as one."""
    return name if name.isascii() else normalized("NFC", name)


def _ending_folded(name: str) -> str:
    """The name with its last suffix in lower case: ``Weekly.VTT`` is a companion of ``Weekly.mp4``."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}{dot}{ending.lower()}"
