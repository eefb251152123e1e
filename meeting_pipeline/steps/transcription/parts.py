"""Buys a transcription part by part from a server that answers with the text, and joins the parts.

The server has no orders: an answer that is lost on its way may be bought twice. So each call is recorded before and after it is
made, each answer is stored as it arrives, and a run that follows a killed one requests only the missing parts. Must not go here:
the audio (``part_audio.py``), a server's responses (``providers/``), rows (``store/ledger/parts.py``).
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from meeting_pipeline.domain.errors import BadAnswer, PipelineError, ProviderRefused, WorkerFenced
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.units import MS_PER_MINUTE
from meeting_pipeline.files.folder import staging_folder
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.parts import policies as part_policies
from meeting_pipeline.providers.parts.cutting import Span
from meeting_pipeline.providers.parts.joining import Part, has_speakers, labelled, with_labels, with_turns
from meeting_pipeline.providers.parts.port import AnswerLost, InParts, PartTooLarge
from meeting_pipeline.providers.ports import Audio
from meeting_pipeline.steps.heartbeat import beating
from meeting_pipeline.steps.stored_files import audio_at_hand
from meeting_pipeline.steps.transcription.outages import report_success, reporting_failures
from meeting_pipeline.steps.transcription.part_audio import (
    encoded_spans,
    linked_voices,
    longest_part_ms,
    planned_spans,
    turns_of,
)
from meeting_pipeline.store.ledger.parts import Begun
from meeting_pipeline.store.tables import Recording, TranscriptionOrder, TranscriptionPart

ESTIMATED: str = "The server gives no times: those within a part are estimated from where speech is heard."
BY_VOICE: str = "Speakers are told apart by voice, on this machine."


@dataclass(frozen=True)
class Bought:
    """The transcript of a whole recording and what all its parts cost, whenever they were bought.

    ``unpriced``: a part of the price is unknown.
    """

    transcript: Transcript
    cost_usd: float
    unpriced: bool


def buy_in_parts(
    installation: Installation,
    provider: InParts,
    row: Recording,
    run_id: str,
    order: TranscriptionOrder,
    *,
    requested_by_user: bool = False,
) -> Bought | None:
    """The transcript, from answers in the ledger and new ones; ``None`` while another run is buying it.

    ``requested_by_user``: it is bought beyond the daily limit too.
    Raises: WorkerFenced; ProviderRefused (``answers_lost``, ``beyond_provider_limit`` and others), ProviderUnavailable,
        OperatorError, BadAnswer; and as ``transcribe_here``.
    """
    ledger = installation.store.orders
    if order.state != "collected" and ledger.claim(order.id, run_id) is None:
        return None
    try:
        with beating(functools.partial(ledger.renew_claims, run_id)), audio_at_hand(installation, row) as audio:
            buyer = _Buyer(installation, provider, row, run_id, order, audio, limited=not requested_by_user)
            parts = buyer.answered_parts()
            return Bought(buyer.joined(parts), *_billed(installation, order))
    except ProviderRefused as error:
        cost, unpriced = _billed(installation, order)
        ledger.finish(order.id, cost_usd=cost, unpriced=unpriced, error=(error.code, error.message))
        raise
    finally:
        ledger.release(order.id, run_id)
        installation.store.parts.nothing_bought(order.id)


def _billed(installation: Installation, order: TranscriptionOrder) -> tuple[float, bool]:
    """What the parts of an order cost so far, and whether a part of that is unknown."""
    parts = installation.store.parts.of(order.id)
    return sum(part.cost_usd for part in parts), any(part.unpriced for part in parts)


class _Buyer:
    """Buys one order in one run. ``limited``: the daily limit ends it."""

    def __init__(
        self,
        installation: Installation,
        provider: InParts,
        row: Recording,
        run_id: str,
        order: TranscriptionOrder,
        audio: Audio,
        *,
        limited: bool,
    ) -> None:
        self._installation = installation
        self._ledger = installation.store.parts
        self._provider = provider
        self._row = row
        self._run_id = run_id
        self._order = order
        self._limited = limited
        self._options = TranscriptionOptions.model_validate(order.options)
        self._audio = audio
        self._limits = provider.part_limits()

    def answered_parts(self) -> list[Part]:
        """All parts, with answers that can be read."""
        if self._audio.media_path is None:
            raise ProviderRefused("no_media", "There is no audio to transcribe.", "Submit the recording itself.")
        if not self._ledger.of(self._order.id):
            self._plan(longest_part_ms(self._limits))
        while True:
            rows = self._ledger.of(self._order.id)
            missing = [part for part in rows if part.state != "answered"]
            if missing:
                self._buy(missing)
                continue
            return [self._read(part) for part in rows]

    def joined(self, parts: Sequence[Part]) -> Transcript:
        """One transcript of all parts."""
        expected, notes = self._options.speakers_expected, []
        if has_speakers(parts):
            spoken = labelled(parts)
            several = len({one.part for one in spoken}) > 1
            labels = list(dict.fromkeys((one.part, one.label) for one in spoken))
            speakers = [(part, label, number) for number, (part, label) in enumerate(labels)]
            segments = with_labels(parts, linked_voices(self._audio, spoken, expected) if several else speakers)
        else:
            segments = with_turns(parts, turns_of(self._audio, expected))
            notes.append(BY_VOICE)
        if any(part.text.said and not part.text.timed for part in parts):
            notes.append(ESTIMATED)
        languages = [part.text.language for part in parts if part.text.language and part.text.said]
        models = [part.text.model for part in parts if part.text.model]
        confidences = [segment.confidence for segment in segments if segment.confidence is not None]
        return Transcript(
            segments=segments,
            language=self._options.language or (max(languages, key=languages.count) if languages else None),
            duration_ms=max([self._row.duration_ms, *(segment.end_ms for segment in segments)]),
            confidence=round(sum(confidences) / len(confidences), 3) if confidences else None,
            provenance=Provenance(
                provider=self._provider.name,
                model=models[0] if models else ", ".join(self._options.speech_models),
                note=" ".join(notes),
            ),
        )

    def _plan(self, longest_ms: int, ranges: Sequence[Span] | None = None) -> None:
        spans = planned_spans(self._audio, longest_ms, ranges)
        self._ledger.plan(self._order.id, self._row.key, self._run_id, self._provider.server, spans)

    def _buy(self, missing: Sequence[TranscriptionPart]) -> None:
        """Buy these parts in turn. Ends early if the rest has to be planned again."""
        spans = [(part.start_ms, part.end_ms) for part in missing]
        with staging_folder(self._installation.settings.recordings) as scratch:
            for part, audio in zip(missing, encoded_spans(self._audio, spans, self._limits, scratch), strict=True):
                length = part.end_ms - part.start_ms
                if len(audio) > self._limits.largest_bytes:
                    self._smaller(length)
                    return
                try:
                    self._ask(part, audio)
                except PartTooLarge:
                    self._ledger.unanswered(part, "beyond_provider_limit", perhaps_billed=False)
                    if length <= part_policies.SHORTEST_PART_MS:
                        raise
                    self._smaller(length)
                    return

    def _smaller(self, length_ms: int) -> None:
        """Plan everything without an answer again, in parts of half this length."""
        ranges: list[Span] = []
        for part in self._ledger.of(self._order.id):
            if part.state == "answered":
                continue
            if ranges and ranges[-1][1] == part.start_ms:
                ranges[-1] = (ranges[-1][0], part.end_ms)
            else:
                ranges.append((part.start_ms, part.end_ms))
        self._plan(max(part_policies.SHORTEST_PART_MS, length_ms // 2), ranges)

    def _ask(self, part: TranscriptionPart, audio: bytes) -> None:
        held = self._installation.store.outages.held_by_limit(self._provider.name, Service.ORDERS)
        if held is not None and self._limited:
            raise held.error()
        if not self._installation.store.orders.ordering(self._order.id, self._run_id):
            raise WorkerFenced(self._run_id)
        begun = self._ledger.begin(part, self._run_id)
        if begun is Begun.ANSWERED:
            return
        if begun is Begun.LOST:
            raise _answers_lost(self._provider.name, part)
        crash_point("transcribing.part_begun", self._row.key)
        price = self._installation.speech.price(self._provider.name, self._options)
        cost = price.of(part.end_ms - part.start_ms)
        known = self._ledger.known_variant(self._provider.server)
        try:
            with reporting_failures(self._installation, self._provider.name, Service.ORDERS, self._row.key):
                answer = self._provider.ask(audio, self._options, known)
                self._provider.read(answer.body, part.end_ms - part.start_ms)
        except PartTooLarge:
            raise
        except BadAnswer as error:
            self._ledger.unanswered(part, error.code, perhaps_billed=True, cost_usd=cost, unpriced=not price.known)
            raise
        except PipelineError as error:
            self._ledger.unanswered(part, error.code, perhaps_billed=isinstance(error, AnswerLost))
            raise
        crash_point("transcribing.part_answered", self._row.key)
        self._ledger.answered(part, self._run_id, answer.body, answer.variant, cost, unpriced=not price.known)
        crash_point("transcribing.part_noted", self._row.key)
        report_success(self._installation, self._provider.name, Service.ORDERS)

    def _read(self, part: TranscriptionPart) -> Part:
        """The part with its text. An answer that cannot be read is bought again by the next attempt."""
        body = (part.answer or {}).get("body")
        try:
            text = self._provider.read(body if isinstance(body, dict) else {}, part.end_ms - part.start_ms)
        except BadAnswer as error:
            self._ledger.refuse(part, error.code)
            raise
        return Part(part.start_ms, part.end_ms, text)


def _answers_lost(name: str, part: TranscriptionPart) -> ProviderRefused:
    minutes = part.start_ms // MS_PER_MINUTE
    return ProviderRefused(
        "answers_lost",
        f"{part.lost_calls} answers from {name} to the part starting at minute {minutes} were lost or useless, and may "
        "be billed.",
        "Check the connection and the server's bill, then reprocess the recording: only what is missing is bought.",
    )
