"""Who speaks in each cue: by voice tags, identifiers of cues, or names in the text.

Must not go here: which words before a text are names (``names.py``).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from meeting_pipeline.domain.word_sets import word_set
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.cues.blocks import CueFile
from meeting_pipeline.providers.imported.cues.talk import Naming, Spoken, Talk, said_by
from meeting_pipeline.providers.imported.name_shapes import Likeness, likeness
from meeting_pipeline.providers.imported.names import (
    names_after_chevrons,
    names_before,
    openings,
    prefix_of,
    shown_name,
    without_chevron,
)

REPEATED: Final = 0.1
"""A file that names a speaker again, who speaks already, in more than this share of its named cues, names every cue. A cue
without a name is then nobody's; otherwise the speaker above continues."""
_MOST: Final = policies.MAX_TRANSCRIPT_LINES + 1
"""A file with this many turns is refused."""
_NEARLY_ALL: Final = 0.9
"""Share of the pieces that must have the form: a few may be captions of music or of nobody."""
_FEW: Final = 10
"""In a longer file, names come back."""
_QUOTED: Final = re.compile(r"(?:[0-9]{1,9}+\s{1,9}+)?\"(?P<name>[^\"]{0,200}+)\"\s{0,9}+(?:\([^()]{0,80}+\))?")
_NUMBERED: Final = re.compile(r"(?:[0-9]{1,9}+[\s.:)-]{1,9}+)?(?P<name>[^\W\d_].{0,100}+)")
_MACHINE: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{20,40}+.{0,40}+", re.IGNORECASE)
_NO_PERSONS: Final = word_set("""
    chapter slide intro introduction outro cue caption subtitle section part line segment seg id note
""")
_INNER_CHEVRON: Final = re.compile(r"\s(?=(?:>{2,3}+|\u00bb)\s)")


def talk_of(file: CueFile, spoken: Sequence[Spoken], draft: bool) -> Talk:
    """The talk with the speakers that the file names."""
    if any(piece.speaker and shown_name(piece.speaker) for piece in spoken):
        return _carried([_with_voice(piece) for piece in spoken], Naming.VOICES, draft)
    plain = [piece if piece.speaker is None else replace(piece, speaker=None) for piece in spoken]
    identified = identifier_names(file)
    if identified:
        with_names = [
            replace(piece, speaker=identified.get(piece.cue) or None, changes=identified.get(piece.cue) == "")
            for piece in plain
        ]
        return _carried(with_names, Naming.IDENTIFIERS, draft)
    chevrons = sum(without_chevron(piece.rows[0]) is not None for piece in plain)
    turns = list(islice(_turns(plain), _MOST)) if chevrons else plain
    names, enclosed = names_before([text for piece in turns for text in openings(piece.rows)])
    if not names and chevrons:
        names = names_after_chevrons([piece.text for piece in turns if piece.changes])
    if not names:
        above = list(names_in_rows(turns))
        if above:
            return Talk(tuple(above), Naming.ROWS, draft=draft)
        return Talk(tuple(turns), chevrons=bool(chevrons), draft=draft)
    naming = Naming.BRACKETS if enclosed else Naming.PREFIXES
    split = list(islice((part for piece in turns for part in _by_prefix(piece, names)), _MOST))
    return _carried(split, naming, draft, chevrons=bool(chevrons))


def _with_voice(piece: Spoken) -> Spoken:
    """A voice without a name is somebody whom the file does not know, not whoever spoke before."""
    name = shown_name(piece.speaker)
    return replace(piece, speaker=name, changes=piece.changes or (name is None and piece.speaker is not None))


def identifier_names(file: CueFile) -> dict[int, str]:
    """Cue -> speaker, if the identifiers of the cues are names; empty for a speaker whom the file does not know."""
    written = {place: cue.identifier for place, cue in enumerate(file.cues) if cue.identifier}
    quoted = {
        place: shown_name(found["name"]) or ""
        for place, text in written.items()
        if (found := _QUOTED.fullmatch(text)) is not None
    }
    if any(quoted.values()):
        return quoted
    found_names = {
        place: shown_name(found["name"])
        for place, text in written.items()
        if not _MACHINE.fullmatch(text) and (found := _NUMBERED.fullmatch(text))
    }
    names = {place: name for place, name in found_names.items() if name and likeness(name) is Likeness.STRONG}
    counts = Counter(names.values())
    words = {word for name in counts for word in re.split(r"[\s_-]|(?<=\D)(?=\d)", name.casefold())}
    if not names or len(names) < len(found_names) or words & _NO_PERSONS:
        return {}
    again = any(count > 1 for count in counts.values())
    speakers = all(name.casefold().startswith("speaker") for name in counts)
    return names if again or speakers or all(" " in name and name.replace(" ", "").isalpha() for name in counts) else {}


def names_in_rows(spoken: Sequence[Spoken]) -> Iterator[Spoken]:
    """The pieces whose first row is the name of who speaks, as older exports of Teams have it; none if they are not such."""
    named = {place: shown_name(piece.rows[0]) for place, piece in enumerate(spoken) if len(piece.rows) > 1}
    if len(spoken) < 2 or len(named) < _NEARLY_ALL * len(spoken):
        return
    counts = Counter(named.values())
    if any(name is None or likeness(name) is not Likeness.STRONG for name in counts):
        return
    begins = sum(
        not spoken[place].rows[1][:1].islower() for place in named
    )  # rows of one sentence continue in small letters
    again = 2 * len(counts) <= len(named) or (len(counts) < len(named) and len(named) < _FEW)
    full = len(named) < _FEW and all(name and " " in name for name in counts)
    if begins < _NEARLY_ALL * len(named) or not (again or full):
        return
    for place, piece in enumerate(spoken):
        name = named.get(place)
        yield piece if name is None else said_by(piece, piece.rows[1:], name, changes=False)


def _turns(spoken: Sequence[Spoken]) -> Iterator[Spoken]:
    """Split pieces where a ``>>`` begins another turn, and remove it."""
    for piece in spoken:
        for row in _chevron_rows(piece):
            bare = without_chevron(row[0])
            rows = row if bare is None else (bare, *row[1:])
            rows = tuple(text for text in rows if text)
            if rows:
                yield said_by(piece, rows, piece.speaker, changes=bare is not None)


def _chevron_rows(piece: Spoken) -> Iterator[tuple[str, ...]]:
    group: list[str] = []
    for row in (part.strip() for whole in piece.rows for part in _INNER_CHEVRON.split(whole)):
        if group and without_chevron(row) is not None:
            yield tuple(group)
            group = []
        group.append(row)
    if group:
        yield tuple(group)


def _by_prefix(piece: Spoken, names: frozenset[str]) -> Iterator[Spoken]:
    """Split a piece at the rows that begin with one of these names."""
    speaker, changes = piece.speaker, piece.changes
    group: list[str] = []
    for row in piece.rows:
        prefix = prefix_of(row)
        if prefix is None or prefix.name not in names:
            group.append(row)
            continue
        if group:
            yield said_by(piece, group, speaker, changes=changes)
        unsure = prefix.name.endswith("?")  # whisper.cpp writes ``(speaker ?)``
        speaker, changes = (None, True) if unsure else (prefix.name, False)
        group = [prefix.words] if prefix.words else []
    if group:
        yield said_by(piece, group, speaker, changes=changes)


def _carried(spoken: Sequence[Spoken], naming: Naming, draft: bool, *, chevrons: bool = False) -> Talk:
    """Continue the speaker above if the file names only changes."""
    current: str | None = None
    repeated = total = unnamed = 0
    for piece in spoken:
        if piece.speaker is None:
            unnamed += 1
            continue
        total += 1
        repeated += piece.speaker == current
        current = piece.speaker
    only_changes = bool(unnamed) and repeated <= REPEATED * total
    if not only_changes:
        return Talk(tuple(spoken), naming, chevrons=chevrons, draft=draft)
    kept: list[Spoken] = []
    current = None
    for piece in spoken:
        current = piece.speaker or (None if piece.changes else current)
        kept.append(said_by(piece, piece.rows, current, changes=piece.changes))
    return Talk(tuple(kept), naming, only_changes=True, chevrons=chevrons, draft=draft)
