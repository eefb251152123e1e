"""Handles one submission over HTTP: receives the file, admits it, and writes the response, which can be repeated.

The file is streamed into a staging folder below the home. From there it is handled like one from the drop folder: it is probed,
moved into place, and its row is committed (``steps/intake/accept.py``) before the response.
Must not go here: the route (``api/routes/submissions.py``), and the building blocks next to this module (``multipart_form.py``,
``url_fetch.py``, ``admission.py``, ``idempotency.py``).
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.advice import advice_for
from meeting_pipeline.api.schemas.problems import MEDIA_TYPE, ApiError, problem, status_of
from meeting_pipeline.api.schemas.submissions import IgnoredDetail, Submission, submission_links
from meeting_pipeline.api.uploads.admission import UploadAdmission, UploadSlot
from meeting_pipeline.api.uploads.body import blocks, too_large, whole
from meeting_pipeline.api.uploads.idempotency import Repeatable
from meeting_pipeline.api.uploads.multipart_form import Arrived, Form, boundary_of
from meeting_pipeline.api.uploads.options import fingerprint, source_from
from meeting_pipeline.api.uploads.sinks import Sink
from meeting_pipeline.api.uploads.url_fetch import fetching
from meeting_pipeline.domain.errors import IntakeRefused, WorkerFenced
from meeting_pipeline.domain.ignored_details import sentence
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.settings import Settings
from meeting_pipeline.settings.reachability import exposed_by
from meeting_pipeline.steps.intake.accept import admit, check_target
from meeting_pipeline.steps.intake.arrival import Arrival, is_multichannel, with_plain_title
from meeting_pipeline.steps.intake.staging import StagedCopy
from meeting_pipeline.store.api.idempotency import StoredAnswer, answer_within
from meeting_pipeline.store.recordings.new_recordings import Accepted
from meeting_pipeline.store.tables import Recording

_LARGEST_BODY: Final = (
    shared_policies.MAX_RECORDING_BYTES + shared_policies.MAX_TRANSCRIPT_BYTES + policies.UPLOAD_EXTRA_BYTES
)
_NOT_USED: Final = (
    "The transcript export was not used: the recording is already known, without one. Submit the transcript alone to make a "
    "meeting record from it."
)


class SubmissionHandler:
    """Handles one submission."""

    def __init__(self, admission: UploadAdmission, work: Repeatable) -> None:
        self._admission = admission
        self._installation = admission.installation
        self._settings = admission.installation.settings
        self._work = work

    async def form(self, request: Request) -> Response:
        """Handle an upload."""
        boundary = boundary_of(request.headers["content-type"])
        size = _announced(request)
        if self._work.stored is not None:  # the upload is only read, to check that it is the same
            arrived = await self._receive(request.stream(), Form(boundary, None), None)
            return self._work.replay(self._fingerprint(arrived))
        async with self._admission.slot(size) as slot, self._admission.folder() as folder:
            arrived = await self._receive(request.stream(), Form(boundary, folder), slot)
            slot.expected = 0
            return await self._admit(slot, folder, arrived)

    async def source(self, request: Request) -> Response:
        """Handle a submission by URL."""
        url, options = source_from(await whole(request.stream(), policies.JSON_BODY_BYTES))
        check_target(self._installation, options)
        mark = fingerprint(self._settings, options, source_url=url)
        if self._work.stored is not None:
            return self._work.replay(mark)
        async with (
            self._admission.slot(None) as slot,
            self._admission.folder() as folder,
        ):
            async with fetching(url, self._settings.webhook_allow) as fetched:
                if fetched.size is not None:
                    require_size(fetched.size, shared_policies.MAX_RECORDING_BYTES)
                    slot.expected = fetched.size
                    self._admission.require_room()
                sink = Sink(folder, "original", fetched.name)
                sha256 = await self._store(fetched.chunks, sink, slot)
            slot.expected = 0
            return await self._admit(slot, folder, Arrived(sink, sha256, None, None, options), mark)

    async def _receive(self, chunks: AsyncIterator[bytes], form: Form, slot: UploadSlot | None) -> Arrived:
        try:
            await self._pour(chunks, form.feed, slot)
            arrived = await self._admission.write(form.finish)
        finally:
            form.close()
        check_target(self._installation, arrived.options)
        return arrived

    async def _store(self, chunks: AsyncIterator[bytes], sink: Sink, slot: UploadSlot) -> str:
        try:
            await self._pour(chunks, sink.write, slot)
            return await self._admission.write(sink.finish)
        finally:
            sink.close()

    async def _pour(self, chunks: AsyncIterator[bytes], into: Any, slot: UploadSlot | None) -> None:
        """Write block by block. An upload of unknown size checks the free disk space from time to time.

        ``slot`` is ``None`` if nothing is stored.
        """
        silent, unasked, seen = slot is not None and slot.expected == 0, 0, 0
        async for block in blocks(chunks):
            seen += len(block)
            if seen > _LARGEST_BODY:
                raise too_large(_LARGEST_BODY)
            await self._admission.write(into, block)
            if slot is not None:
                slot.expected = max(slot.expected - len(block), 0)
            unasked += len(block)
            if silent and unasked >= policies.UPLOAD_ROOM_BYTES:
                unasked = 0
                self._admission.require_room()

    async def _admit(self, slot: UploadSlot, folder: Path, arrived: Arrived, mark: str | None = None) -> Response:
        """Admit the file. A refusal is stored too, so that a repeated request gets it again."""
        mark = mark or self._fingerprint(arrived)
        try:
            answer = await self._admission.admit(arrived.sha256, lambda: self._accept(slot, folder, arrived, mark))
        except IntakeRefused as error:
            answer = _refusal(self._settings, error, mark)
            if self._work.claim is not None:
                await self._admission.write(self._installation.store.idempotency.answer, self._work.claim, answer)
        except WorkerFenced as error:
            raise ApiError(
                409,
                "idempotency_in_progress",
                "Another request with this Idempotency-Key has taken over.",
                "Ask again.",
            ) from error
        self._work.answered = True
        return Response(answer.body, answer.status, answer.headers)

    def _accept(self, slot: UploadSlot, folder: Path, arrived: Arrived, mark: str) -> StoredAnswer:
        """Admit the file and store the response in the same transaction. Runs in a thread."""
        given: list[StoredAnswer] = []
        transcript = arrived.transcript.path if arrived.transcript else None

        def also(session: Session, row: Recording, accepted: Accepted) -> None:
            spare = accepted.duplicate and transcript is not None and row.transcript_file is None
            given[:] = [self._answer(row, accepted, mark, spare=spare)]
            if self._work.claim is not None:
                answer_within(session, self._work.claim, given[0], row.key)

        file = arrived.file
        if file.path is None:
            raise ValueError("what was only hashed cannot be admitted")
        copy = StagedCopy(
            folder,
            file.path,
            transcript if file.media else file.path,
            arrived.sha256,
            file.size,
            is_multichannel(self._installation, arrived.options),
        )
        arrival = Arrival(file.name, None, with_plain_title(arrived.options), "api")
        admit(self._installation, copy, arrival, probing=lambda it: self._admission.probe(it, slot), also=also)
        return given[0]

    def _answer(self, row: Recording, accepted: Accepted, mark: str, *, spare: bool) -> StoredAnswer:
        links = submission_links(self._settings, row.key)
        remote = exposed_by(self._settings) is not None
        response = Submission(
            recording_id=row.key,
            status=RecordingStatus(row.status),
            stage=Stage(row.stage),
            duplicate=accepted.duplicate,
            retried=accepted.retried,
            note=" ".join(
                filter(None, (_NOT_USED if spare else "", sentence(accepted.ignored, row.key, remote=remote)))
            )
            or None,
            ignored=[
                IgnoredDetail(
                    field=one.field, given=one.given, kept=one.kept, advice=one.advice(row.key, remote=remote)
                )
                for one in accepted.ignored
            ],
            links=links,
        )
        headers = {"Content-Type": "application/json", "Location": links.self}
        return StoredAnswer(mark, 202, headers, json.dumps(response.model_dump(mode="json")).encode())

    def _fingerprint(self, arrived: Arrived) -> str:
        options: SidecarOptions = arrived.options
        return fingerprint(self._settings, options, file=arrived.sha256, transcript=arrived.transcript_sha256)


def _refusal(settings: Settings, error: IntakeRefused, mark: str) -> StoredAnswer:
    answer = problem(status_of(error), error.code, error.message, advice_for(settings, error.code, error.advice))
    return StoredAnswer(mark, answer.status_code, {"Content-Type": MEDIA_TYPE}, bytes(answer.body))


def _announced(request: Request) -> int | None:
    """The announced size of the request. Raises: ApiError 413, before anything is read."""
    given = request.headers.get("content-length", "")
    if not given.isdecimal():
        return None
    size = int(given)
    require_size(size)
    return size


def require_size(size: int, limit: int = _LARGEST_BODY) -> None:
    """Refuse a size above the limit. Raises: ApiError 413 ``too_large``."""
    if size > limit:
        raise too_large(limit)
