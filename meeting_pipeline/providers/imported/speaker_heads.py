"""Head rows: rows that say who speaks, and when. They are judged by the whole file, never row by row.

"Let us meet again tomorrow at 10:30" has the shape of a Teams head, and "Lunch 12:30" even looks like a name with a time. The
rest of the file distinguishes them: heads share one layout, their names recur, their times grow, and words follow them.
Must not go here: the patterns of one program (``formats/``), times (``clock_times.py``), what a name looks like
(``name_shapes.py``).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from meeting_pipeline.providers.imported.clock_times import OVERLAP_MS, Clock
from meeting_pipeline.providers.imported.name_shapes import Likeness, likeness
from meeting_pipeline.providers.imported.prefixes import judged_prefixes
from meeting_pipeline.providers.imported.text_rows import Row

_MOST_FROM_TALK = 3
"""A name that does not look like one needs this many heads: rooms and devices have odd names, and talk does not repeat."""


@dataclass(frozen=True)
class Head:
    """A row that may be a head.

    Attributes:
        row: its place in the rows of the file.
        name: as ``clean_name`` returns it; ``None`` in a layout without names.
        clock, end: its times as written.
        words: what was said, if that is in the same row.
        layout: what all heads of one file share, such as the kind of gap between name and time.
        sure: whether the layout cannot come from talk (brackets around a name, several spaces before a time).
        size: rows that the head takes, without the words in them.
    """

    row: int
    name: str | None
    clock: Clock | None
    end: Clock | None = None
    words: str = ""
    layout: str = ""
    sure: bool = False
    size: int = 1


Finder = Callable[[Sequence[Row], int], Head | None]
"""The head that begins at a row, as far as that row and those after it show; ``None`` if there is none."""


def found_heads(rows: Sequence[Row], finder: Finder) -> list[Head]:
    """All rows that may be heads, in the order of the file."""
    heads: list[Head] = []
    after = 0
    for place in range(len(rows)):
        head = finder(rows, place) if place >= after else None
        if head is not None:
            heads.append(head)
            after = place + head.size
    return heads


def judged_heads(rows: Sequence[Row], finder: Finder) -> list[Head]:
    """The heads of a file; what is not one of them is talk."""
    found = found_heads(rows, finder)
    likely = {name: likeness(name) for name in {head.name or "" for head in found}}
    if not any(likely.values()):
        return _without_names(rows, found, likely)
    counts = Counter(head.name for head in found)
    found = [
        head
        for head in _of_main_layout(found, likely)
        if head.sure or likely[head.name or ""] or counts[head.name] >= _MOST_FROM_TALK
    ]
    counts = Counter(head.name for head in found)
    odd = out_of_order(found)
    apart = _are_set_apart(rows, [head for head in found if counts[head.name] > 1])
    # A first time after the second is that of a meeting over midnight.
    believed = [
        head
        for place, head in enumerate(found)
        if _is_believed(
            likely[head.name or ""],
            counts[head.name],
            sure=head.sure,
            in_order=place not in odd or (head.sure and place == 0),
        )
        or (apart and rows[head.row].after_blank and likely[head.name or ""] and place not in odd)
    ]
    kept = _with_words(rows, believed)
    if _is_agenda(rows, kept):
        return []
    return kept if len(kept) > 1 or _stands_alone(rows, kept) else []


def _are_set_apart(rows: Sequence[Row], known: Sequence[Head]) -> bool:
    """Whether blank rows precede the heads of those who speak more than once."""
    return len(known) > 1 and all(rows[head.row].after_blank for head in known)


def _is_agenda(rows: Sequence[Row], heads: Sequence[Head]) -> bool:
    """Whether only the last head has words, and those begin with names: ``Budget   10:00`` is in an agenda above the talk."""
    if len(heads) < 2 or len(_silent(rows, heads)) < len(heads) - 1:
        return False
    return len(judged_prefixes([row.text for row in rows[heads[-1].row + heads[-1].size :]])) > 1


def _with_words(rows: Sequence[Row], heads: Sequence[Head]) -> list[Head]:
    """Heads that words follow. Others stay if their layout is sure, or if they are of somebody who speaks elsewhere."""
    silent = _silent(rows, heads)
    counts = Counter(head.name for head in heads)
    spoken = Counter(head.name for place, head in enumerate(heads) if place not in silent)
    return [
        head
        for place, head in enumerate(heads)
        if place not in silent or (bool(spoken) if head.sure else counts[head.name] > 1 and spoken[head.name] > 0)
    ]


def _without_names(rows: Sequence[Row], found: Sequence[Head], likely: dict[str, Likeness]) -> list[Head]:
    """Heads with only unusual names, such as those of rooms: brackets confirm them, or recurrence does."""
    counts = Counter(head.name for head in found)
    kept = [head for head in found if head.sure or counts[head.name] >= _MOST_FROM_TALK]
    return kept if len(kept) > 1 else []


def _is_believed(like: Likeness, count: int, *, sure: bool, in_order: bool) -> bool:
    if like is Likeness.NONE:
        return in_order and (sure or count >= _MOST_FROM_TALK)
    if sure:
        return in_order or count > 1
    if like is Likeness.STRONG:
        return in_order or count > 1
    return in_order and count > 1


def _stands_alone(rows: Sequence[Row], kept: Sequence[Head]) -> bool:
    """Whether a single head is enough: its layout is sure, and only a short heading precedes it."""
    return (
        len(kept) == 1 and kept[0].sure and kept[0].row <= 5 and len(rows) > kept[0].row + (0 if kept[0].words else 1)
    )


def _of_main_layout(found: Sequence[Head], likely: dict[str, Likeness]) -> list[Head]:
    """Only heads in the layout of most that look like heads, and others of the same people."""
    counts = Counter(head.name for head in found)
    weights: Counter[str] = Counter()
    for head in found:
        weights[head.layout] += 4 * head.sure + 2 * (counts[head.name] > 1) + int(likely[head.name or ""])
    main = max(weights, key=lambda layout: weights[layout])
    known = {head.name for head in found if head.layout == main and likely[head.name or ""]}
    return [head for head in found if head.layout == main or head.name in known]


def out_of_order(found: Sequence[Head]) -> set[int]:
    """Places of heads whose times contradict those around them, seen as minutes and seconds or as hours and minutes."""
    times = [head.clock.ms(hours_first=False) if head.clock else None for head in found]
    odd = set()
    known = [(place, at) for place, at in enumerate(times) if at is not None]
    for number, (place, at) in enumerate(known):
        before = known[number - 1][1] if number > 0 else 0
        after = known[number + 1][1] if number + 1 < len(known) else at
        if (before <= after and not before - OVERLAP_MS <= at <= after + OVERLAP_MS) or (
            number == 0 and at > after + OVERLAP_MS
        ):
            odd.add(place)
    return odd


def _silent(rows: Sequence[Row], found: Sequence[Head]) -> set[int]:
    """Places of heads that no words follow before the next head, or the end."""
    ends = [head.row for head in found[1:]] + [len(rows)] * bool(found)
    return {
        place
        for place, (head, end) in enumerate(zip(found, ends, strict=True))
        if not head.words and head.row + head.size >= end
    }


def named_pairs(heads: Sequence[Head]) -> int:
    """How often one name follows another: a file with several speakers has such changes."""
    return sum(first.name != second.name for first, second in pairwise(heads))
