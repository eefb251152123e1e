"""The ``speakers`` insight: which name belongs to which speaker label, with what confidence, and why.

Belongs here: everything specific to this insight. Must not go here: the rule that turns a label into a name
(``domain/record.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.document import Block, Entry
from meeting_pipeline.domain.insight_forms import Form
from meeting_pipeline.domain.insight_results import SpeakerName, Speakers
from meeting_pipeline.domain.item_text import where
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.verification.basis import Source
from meeting_pipeline.domain.verification.introductions import one_name_each, speaker_name
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.plain import plain_text
from meeting_pipeline.insights.spec import InsightSpec, OfflineRules, Shown
from meeting_pipeline.insights.wire import Wire

QUESTION: Final = """\
Question: what is the name of each speaker?
Give one entry for every label that occurs in the transcript. Use what speakers say about themselves ("this is
Ada"), how they are addressed, and who answers when a name is called. The participants may be spelled there as
they are written. A name that is only talked about ("ask Carol") is nobody's here, and who greets somebody is not
called that. `name` is null when the transcript does not tell; then `segment_ids` is empty and `quote` is
null.
`confidence` is between 0 and 1: 0.9 and more only for a speaker who says the own name, below 0.5 for a mere
guess.
"""

_NO_NAMES: Final = frozenset({"unknown", "unnamed", "speaker", "n/a", "none", "null", "participant", "?"})


class SpeakerWire(Wire):
    """One label. ``segment_ids`` and ``quote`` are the evidence of the name, and precede it: a model writes in this order."""

    label: str
    segment_ids: list[int]
    quote: str | None
    name: str | None
    confidence: float


class SpeakersWire(Wire):
    """The raw answer."""

    speakers: list[SpeakerWire]


def check(answer: SpeakersWire, shown: Shown) -> Speakers:
    """One entry per label of the transcript, in order of appearance; a label without an answer has no name.

    An entry for a label that the transcript does not have is dropped.
    """
    labels = {one_line(label): label for label in shown.transcript.speakers}
    found: dict[str, SpeakerName] = {}
    for entry in answer.speakers:
        said = one_line(entry.label)
        label = labels.get(said) or labels.get(said.removeprefix("{").removesuffix("}").strip())
        if label is None:
            continue
        named = _named(label, entry, shown)
        if label not in found or _better(named, found[label]):
            found[label] = named
    names = (found.get(label, SpeakerName(label=label, name=None, confidence=0.0)) for label in labels.values())
    return Speakers(names=one_name_each(names))


def _named(label: str, entry: SpeakerWire, shown: Shown) -> SpeakerName:
    if not 0.0 <= entry.confidence <= 1.0:  # nobody can tell what it means
        return SpeakerName(label=label, name=None, confidence=0.0)
    name = plain_text(entry.name or "", policies.INSIGHT_NAME_CHARACTERS)
    if not name or _is_no_name(name, label):
        return SpeakerName(label=label, name=None, confidence=entry.confidence)
    if entry.confidence < policies.SPEAKER_NAME_CONFIDENCE:
        return SpeakerName(label=label, name=None, confidence=entry.confidence)
    source = Source(shown.meeting, entry.segment_ids, entry.quote or "", shown.segments)
    return speaker_name(source, label=label, name=name, confidence=entry.confidence)


def _is_no_name(name: str, label: str) -> bool:
    folded = name.casefold()
    return folded in _NO_NAMES or folded in (label.casefold(), f"speaker {label}".casefold())


def _better(one: SpeakerName, other: SpeakerName) -> bool:
    """Whether ``one`` is better: a name that holds beats one that does not, any name beats none, then confidence decides."""
    return _rank(one) > _rank(other)


def _rank(entry: SpeakerName) -> tuple[bool, bool, float]:
    named = entry.name is not None
    # That another label has the name may be different when all parts are known.
    holds = not (set(entry.reasons) - {"name_taken"})
    return (named and holds, named, entry.confidence)


def merge(results: Sequence[Speakers]) -> Speakers:
    """For each label, the best answer from all parts; the earliest one on a tie."""
    best: dict[str, SpeakerName] = {}
    for named in (named for result in results for named in result.names):
        if named.label not in best or _better(named, best[named.label]):
            best[named.label] = named
    return Speakers(names=one_name_each(best.values()))


def known(transcript: Transcript) -> Speakers | None:
    """The names, if the source of the transcript gives one for every label; otherwise ``None``."""
    if not transcript.speakers or any(label not in transcript.speaker_names for label in transcript.speakers):
        return None
    return Speakers(
        names=tuple(
            SpeakerName(label=label, name=transcript.speaker_names[label], confidence=1.0, verdict=Verdict.VERIFIED)
            for label in transcript.speakers
        )
    )


@dataclass(frozen=True, kw_only=True)
class SpeakersForm(Form[Speakers]):
    """The speakers. They are shown for every transcript, whether names were found or not."""

    def named(self, result: Speakers, record: MeetingRecord) -> Speakers:
        """See ``Form``."""
        return Speakers(names=tuple(name for name in result.names if name.label not in record.merged))

    def section(self, result: Speakers | None, record: MeetingRecord) -> Iterator[Block]:
        """See ``Form``."""
        confidence = {speaker.label: speaker.confidence for speaker in record.speakers or () if speaker.name}
        for label in record.transcript.speakers if record.transcript else ():
            name = record.speaker_name(label)
            sure = f"confidence of the name {confidence[label]:.2f}" if label in confidence else "no name was given"
            given = record.transcript is not None and label in record.transcript.speaker_names
            if label in record.named:
                sure = "named by a person"
            elif given and confidence.get(label, 1.0) == 1.0:  # nothing was concluded: its source says so
                sure = "named in the transcript"
            merged = [other for other, into in record.merged.items() if into == label]
            labels = f"Labels {', '.join([label, *merged])}" if merged else f"Label {label}"
            yield Entry(name, (f"{labels}, {sure}",))

    def as_json(self, result: Speakers | None, record: MeetingRecord) -> Any:
        """See ``Form``."""
        if record.transcript is None:
            return None
        found = {speaker.label: speaker for speaker in record.speakers or ()}
        return [
            {
                "label": label,
                "name": record.known_name(label),
                "confidence": 1.0 if label in record.named else found[label].confidence if label in found else None,
            }
            for label in record.transcript.speakers
        ]

    def columns(self) -> tuple[str, ...]:
        """See ``Form``."""
        return ("label", "name", "confidence", "at", "quote")

    def table(self, result: Speakers, record: MeetingRecord) -> list[dict[str, str]]:
        """See ``Form``."""
        return [
            {
                "label": named.label,
                "name": named.name or "not told",
                "confidence": f"{named.confidence:.2f}",
                **where(named.evidence, record),
            }
            for named in result.names
        ]

    def headline(self, row: Mapping[str, str]) -> str:
        """See ``Form``."""
        return f"{row['label']}: {row['name']}"


FORM: Final = SpeakersForm(
    insight=Insight.SPEAKERS,
    title="Speakers",
    result=Speakers,
    description="Speaker names: label, name, confidence, and the words that give the name.",
    place=90,
)
SPEAKERS: Final = InsightSpec(
    form=FORM,
    question=QUESTION,
    wire=SpeakersWire,
    check=check,
    merge=merge,
    known=known,
    offline=OfflineRules.SPEAKERS,
)
