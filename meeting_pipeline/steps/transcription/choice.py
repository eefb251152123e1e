"""Which provider transcribes a recording: the first choice, or the second while the first is out.

Must not go here: which providers an installation has (``providers/selection.py``), finding out that one is out (``outages.py``).
"""

from collections.abc import Sequence

from meeting_pipeline.domain.outage import Outage, Service
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.ports import SpeechToText
from meeting_pipeline.store.tables import Recording, TranscriptionOrder

BOUND = ("ordering", "ordered")
"""States of an order that is, or may be, paid for: its recording waits for its provider."""


def provider_for(installation: Installation, row: Recording, *, may_try: bool = True) -> SpeechToText:
    """The provider for the next order of this recording.

    ``may_try``: while only one service of the first is out, a recording now and then finds out whether it works again.
    """
    first = installation.speech.choose(has_transcript=row.transcript_file is not None)
    if row.transcript_file is not None:
        return first
    order = installation.store.orders.latest(row.key)
    return _second_choice(installation, first, row, order, may_try=may_try) or first


def movable(installation: Installation, rows: Sequence[Recording]) -> list[Recording]:
    """Those of these recordings that go to the second choice now: the others are bound to the first."""
    return [row for row in rows if replaced_provider(installation, provider_for(installation, row, may_try=False), row)]


def replaced_provider(installation: Installation, provider: SpeechToText, row: Recording) -> str | None:
    """The provider that this one replaces during an outage; ``None`` if it is the first choice."""
    first = installation.speech.choose(has_transcript=row.transcript_file is not None)
    second = installation.speech.second()
    return first.name if second is not None and provider.name == second.name != first.name else None


def second_is_free(installation: Installation) -> bool:
    """Whether recordings can go to the second choice now, because the first is out and the second is not."""
    first, second = installation.speech.choose(has_transcript=False), installation.speech.second()
    outages = installation.store.outages
    return (
        second is not None
        and _is_out(outages.holding(first.name, Service.ORDERS))
        and outages.holding(second.name, Service.ORDERS) is None
    )


def with_second_choice(installation: Installation, outages: list[Outage]) -> list[Outage]:
    """The outages, marked where recordings that are bound to no provider go to the second choice meanwhile."""
    if not outages or not second_is_free(installation):
        return outages
    first = installation.speech.choose(has_transcript=False).name
    return [outage.passed() if outage.provider == first and not outage.limit else outage for outage in outages]


def with_reason(transcript: Transcript, options: TranscriptionOptions) -> Transcript:
    """The transcript; its provenance says which provider was replaced."""
    if options.instead_of is None:
        return transcript
    made = transcript.provenance
    reason = f"Transcribed by the second choice: {options.instead_of} was unavailable at that time."
    note = f"{reason} {made.note}".strip()
    return transcript.model_copy(update={"provenance": made.model_copy(update={"note": note})})


def _is_out(outage: Outage | None) -> bool:
    """Whether the provider does not work. The daily limit is not an outage of one provider: money is money."""
    return outage is not None and not outage.limit


def _must_redact(first: SpeechToText, row: Recording) -> bool:
    """Whether personal data must be removed: because the submitter says so, or else the settings of the first choice."""
    given = SpeechOptions.model_validate(row.speech_options or {})
    if given.redact_pii is not None:
        return given.redacts
    usual = first.options(language=None, keyterms=(), speakers_expected=None).speech
    return usual is not None and usual.redacts


def _second_choice(
    installation: Installation,
    first: SpeechToText,
    row: Recording,
    order: TranscriptionOrder | None,
    *,
    may_try: bool,
) -> SpeechToText | None:
    second = installation.speech.second()
    if second is None or (order is not None and order.provider == first.name and order.state in BOUND):
        return None
    if _must_redact(first, row) and not installation.speech.redacts(second.name):
        return None
    if order is not None and order.provider == second.name and order.state in BOUND:
        return second
    outages = installation.store.outages
    outage = outages.holding(first.name, Service.ORDERS, row.key)
    if outage is None or not _is_out(outage) or outages.holding(second.name, Service.ORDERS) is not None:
        return None
    if may_try and not outage.whole and outages.claim_probe(first.name, Service.ORDERS, row.key):
        return None
    return second
