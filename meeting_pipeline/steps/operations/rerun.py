"""Which results a changed detail of a recording makes stale, and what making them again would cost. Nothing is started.

Must not go here: starting it (``reprocess.py``).
"""

from collections.abc import Collection
from dataclasses import dataclass

from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.transcription.placing import options_of
from meeting_pipeline.store.tables import Recording

_HEARD_WITH = frozenset({"language", "keyterms", "speakers_expected"})
"""Details that are passed to transcription."""


@dataclass(frozen=True)
class Rerun:
    """Assets to make again, and what they are expected to cost. ``unknown``: parts of the price that are not in ``usd``."""

    assets: tuple[str, ...]
    usd: float
    unknown: tuple[str, ...]
    advice: str


def rerun_of(installation: Installation, row: Recording, changed: Collection[str]) -> Rerun | None:
    """What these changed details would need made again; ``None`` if nothing, or if nothing was made yet.

    Transcription: the provider's price for the recording's length. Insights: what their current versions cost.
    """
    current = installation.store.results.current(row.key)
    if not (_HEARD_WITH | {"participants"}) & set(changed) or ResultKind.TRANSCRIPT not in current:
        return None
    insights = [artifact for kind, artifact in current.items() if Insight.known(kind.value) is not None]
    usd = sum(artifact.cost_usd for artifact in insights)
    unknown = ["language model"] if any(artifact.unpriced_calls for artifact in insights) else []
    if not _HEARD_WITH & set(changed) or row.media_file is None or row.transcript_file is not None:
        names = tuple(name for name in ResultKind.names() if name != ResultKind.TRANSCRIPT)
        return Rerun(
            names,
            usd,
            tuple(unknown),
            "The insights were made before this change. Reprocess them to apply it.",
        )
    provider = installation.speech.choose(has_transcript=False)
    price = installation.speech.price(provider.name, options_of(provider, row))
    return Rerun(
        ResultKind.names(),
        usd + price.of(row.duration_ms),
        (*price.unknown, *unknown),
        "The transcript was made without this. Reprocess the recording to have it transcribed again.",
    )
