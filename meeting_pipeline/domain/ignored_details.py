"""Details of a submission that are ignored because its content is already known with others, and how to apply them.

A repeated submission does not change a recording, because its results and people's edits may depend on its details. But a detail
must not be dropped silently. Must not go here: applying them (``store/edits/recording_edits.py``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.sidecar_options import SidecarOptions

_EDITABLE: Final = ("title", "date", "timezone", "participants", "language", "keyterms", "speakers_expected")
"""Details that an edit of the recording can change."""
_MADE_WITH: Final = frozenset({"language", "keyterms", "speakers_expected", "participants"})
"""Details that results are made with: they count in new versions only."""
COMPARED: Final = (*_EDITABLE, "multichannel")
_SHOWN_CHARACTERS: Final = 400
"""Of a value that was not applied: a person recognises it by its beginning."""


@dataclass(frozen=True)
class IgnoredField:
    """One detail, as JSON values: what was sent, and what the recording has and keeps."""

    field: str
    given: Any
    kept: Any

    def advice(self, key: str, *, remote: bool = False) -> str:
        """How to apply it. ``remote``: for somebody without a command line."""
        if self.field not in _EDITABLE:
            return "Delete the recording and submit it again with this detail: it is transcribed and paid for again."
        ways = [f"with `PATCH /v1/recordings/{key}`", "on the meeting's page"]
        if not remote:
            ways.append(f"with `meeting-pipeline edit {key}`")
        apply = f"Apply it {', '.join(ways[:-1])}{',' if len(ways) > 2 else ''} or {ways[-1]}"
        if self.field in _MADE_WITH:
            return f"{apply}, and reprocess what was made without it."
        return f"{apply}."


def ignored_fields(options: SidecarOptions, kept: Mapping[str, Any]) -> tuple[IgnoredField, ...]:
    """The details that were given and differ from those that the recording has. ``kept``: ``COMPARED``, as JSON values."""
    given = options.model_dump(mode="json", include=set(COMPARED), exclude_defaults=True)
    return tuple(
        IgnoredField(name, given[name], kept[name]) for name in COMPARED if name in given and given[name] != kept[name]
    )


def sentence(ignored: Sequence[IgnoredField], key: str, *, remote: bool = False) -> str:
    """What was ignored and what to do, for people. Names the details, not their values."""
    if not ignored:
        return ""
    names = ", ".join(one.field for one in ignored)
    every = dict.fromkeys(one.advice(key, remote=remote) for one in ignored)
    # Of two that begin alike the longer one says everything.
    said = [one for one in every if not any(other.startswith(one[:-1]) for other in every if other != one)]
    advice = " ".join(said)
    return f"Ignored, because this content is already known with other details: {names}. {advice}"


def lines(ignored: Sequence[IgnoredField]) -> list[str]:
    """One line for each detail, with both values."""
    return [f"{one.field}: sent {_shown(one.given)}, kept {_shown(one.kept)}" for one in ignored]


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
