"""Names of the run tags that programs read. The Dagster UI does not list them, which leaves its lists of runs room for runs.

Tags that begin with ``dagster/`` are shown only under *View all tags*, those that begin with ``.dagster/`` nowhere
(``dagster/_core/storage/tags.py``). Filters, limits and storage treat both like all others. Earlier versions had visible names,
which runs from before an upgrade still carry.
Must not go here: tags that people search for (``meeting_pipeline/policies.py``).
"""

from collections.abc import Mapping
from typing import Final

_HIDDEN: Final = ".dagster/meeting_pipeline_"
_FOLDED: Final = "dagster/meeting_pipeline_"
_EARLIER: Final = "meeting_pipeline/"


def hidden_tag(name: str) -> str:
    """The name of a tag that tells people nothing."""
    return _HIDDEN + name


def folded_tag(name: str) -> str:
    """The name of a tag that helps to find out what happened to one run. Not for definitions: Dagster refuses it there."""
    return _FOLDED + name


def value_of(tags: Mapping[str, str], tag: str) -> str | None:
    """The value of a tag of a run, also if an earlier version wrote it; ``None`` if the run has none."""
    return tags.get(tag, tags.get(_EARLIER + tag.removeprefix(_HIDDEN).removeprefix(_FOLDED)))
