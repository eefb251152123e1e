"""The ``speakers`` insight: which name belongs to which speaker label, how sure that is, and why.

Belongs here: its question, the shape of its answer, its check and its merge. Must not go here: how labels are
shown.
"""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.evidence import verified
from meeting_pipeline.domain.models import Insight, SpeakerName, Speakers, Transcript
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.insights.plain import plain_text
from meeting_pipeline.insights.spec import InsightSpec, Shown
from meeting_pipeline.insights.wire import Wire

QUESTION: Final = """\
Question: what is the name of each speaker?
Give one entry for every label that occurs in the transcript. Use what speakers say about themselves ("this is
Ada"), how they are addressed, and who answers when a name is called. The participants may be spelled there as
they are written. `name` is null when the transcript does not tell; then `segment_ids` is empty and `quote` is
null.
`confidence` is between 0 and 1: 0.9 and more only for a speaker who says the own name, below 0.5 for a mere
guess.
"""

_NO_NAMES: Final = frozenset({"unknown", "unnamed", "speaker", "n/a", "none", "null", "participant", "?"})


class SpeakerWire(Wire):
    """One label. ``segment_ids`` and ``quote`` are the evidence of the name."""

    label: str
    name: str | None
    confidence: float
    segment_ids: list[int]
    quote: str | None


class SpeakersWire(Wire):
    """The raw answer."""

    speakers: list[SpeakerWire]


def check(answer: SpeakersWire, shown: Shown) -> Speakers:
    """One entry per label of the transcript, in order of appearance; a label without an answer has no name.

    Raises: BadAnswer ``invented_speaker``, ``invented_evidence``, ``invalid_answer``.
    """
    labels = {one_line(label): label for label in shown.transcript.speakers}
    found: dict[str, SpeakerName] = {}
    for entry in answer.speakers:
        said = one_line(entry.label)
        label = labels.get(said) or labels.get(said.removeprefix("{").removesuffix("}").strip())
        if label is None:
            raise BadAnswer(
                "invented_speaker",
                "The model's answer names a speaker label that the transcript does not have.",
                "It is asked again.",
            )
        named = _named(label, entry, shown)
        if label not in found or _better(named, found[label]):
            found[label] = named
    return Speakers(
        names=tuple(found.get(label, SpeakerName(label=label, name=None, confidence=0.0)) for label in labels.values())
    )


def _named(label: str, entry: SpeakerWire, shown: Shown) -> SpeakerName:
    if not 0.0 <= entry.confidence <= 1.0:
        raise BadAnswer("invalid_answer", "The model gave a confidence outside 0..1.", "It is asked again.")
    name = plain_text(entry.name or "", policies.INSIGHT_NAME_CHARACTERS)
    if not name or _is_no_name(name, label):
        return SpeakerName(label=label, name=None, confidence=entry.confidence)
    evidence = verified(entry.segment_ids, entry.quote or "", shown.segments)
    if entry.confidence < policies.SPEAKER_NAME_CONFIDENCE:
        return SpeakerName(label=label, name=None, confidence=entry.confidence)
    return SpeakerName(label=label, name=name, confidence=entry.confidence, evidence=evidence)


def _is_no_name(name: str, label: str) -> bool:
    folded = name.casefold()
    return folded in _NO_NAMES or folded in (label.casefold(), f"speaker {label}".casefold())


def _better(one: SpeakerName, other: SpeakerName) -> bool:
    """Whether ``one`` tells more: a name beats none, then confidence counts."""
    return (one.name is not None, one.confidence) > (other.name is not None, other.confidence)


def merge(results: Sequence[Speakers]) -> Speakers:
    """Per label the best answer of all parts; of equals the earliest."""
    best: dict[str, SpeakerName] = {}
    for named in (named for result in results for named in result.names):
        if named.label not in best or _better(named, best[named.label]):
            best[named.label] = named
    return Speakers(names=tuple(best.values()))


def known(transcript: Transcript) -> Speakers | None:
    """The names, where the source of the transcript gives one for every label."""
    if not transcript.speakers or any(label not in transcript.speaker_names for label in transcript.speakers):
        return None
    return Speakers(
        names=tuple(
            SpeakerName(label=label, name=transcript.speaker_names[label], confidence=1.0)
            for label in transcript.speakers
        )
    )


SPEAKERS: Final = InsightSpec(
    insight=Insight.SPEAKERS, question=QUESTION, wire=SpeakersWire, check=check, merge=merge, known=known
)
