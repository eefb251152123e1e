"""AssemblyAI's REST API (v2, pre-recorded), as far as the pipeline and the SDK use it.

Strict where the real API is strict: key, ``speech_models``, mutually exclusive options, page sizes.
Must not go here: wire faults (``faults.py``), what was spoken (``story.py``).
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from meeting_pipeline_tests.fakes import completion_webhooks
from meeting_pipeline_tests.fakes.state import Order, ProviderState
from meeting_pipeline_tests.fakes.story import finished

MODELS = {"universal-3-5-pro", "universal-3-pro", "universal-2"}
STATUSES = {"queued", "processing", "completed", "error"}
MAX_PAGE, DEFAULT_PAGE = 200, 10
DELETED = "Deleted by user."

Handler = Callable[[Request], Awaitable[Response]]


class AssemblyAI:
    """The routes over one state."""

    def __init__(self, state: ProviderState) -> None:
        self.state = state

    def routes(self) -> list[Route]:
        """All routes, each behind the key check."""
        one = "/v2/transcript/{id}"
        return [
            Route("/v2/upload", self.keyed(self.upload), methods=["POST"]),
            Route("/v2/transcript", self.keyed(self.create), methods=["POST"]),
            Route("/v2/transcript", self.keyed(self.list), methods=["GET"]),
            Route(one, self.keyed(self.get), methods=["GET"]),
            Route(one, self.keyed(self.delete), methods=["DELETE"]),
        ]

    def keyed(self, handler: Handler) -> Handler:
        """Reject a request whose ``authorization`` is not the raw key."""

        async def checked(request: Request) -> Response:
            if request.headers.get("authorization") != self.state.settings["assemblyai_key"]:
                return _error(401, "Authentication error, API token missing/invalid")
            return await handler(request)

        return checked

    async def upload(self, request: Request) -> Response:
        """Hash the body while it arrives; the bytes are not kept."""
        digest, size = hashlib.sha256(), 0
        async for chunk in request.stream():
            digest.update(chunk)
            size += len(chunk)
        if size == 0:
            return _error(422, "Upload failed, please try again. If you continue to have issues please reach out")
        sha256 = digest.hexdigest()
        url = f"{request.base_url}upload/{uuid.uuid4()}"
        self.state.uploads[url] = sha256
        if self.state.next_scripts:
            self.state.scripts[sha256] = self.state.next_scripts.pop(0)
        entry = {"sha256": sha256, "bytes": size, "url": url, "time": time.time()}
        self.state.ledger.uploads.append({**entry, "chunked": "transfer-encoding" in request.headers})
        return JSONResponse({"upload_url": url})

    async def create(self, request: Request) -> Response:
        """Accept an order, or respond with what is wrong with it."""
        try:
            config = await request.json()
        except ValueError:
            return _error(400, "Invalid JSON body")
        problem = _problem(config)
        if problem:
            return _error(400, problem)
        fault = self.state.faults.take("POST", request.url.path, None, {"never", "error"})
        url = config.pop("audio_url")
        sha256 = self.state.uploads.get(url)
        script = self.state.script_for(sha256)
        if sha256 is None:
            script["error"] = f"Download error, unable to download {url}. Make sure the file exists and is accessible"
        if fault is not None:
            script[fault.kind] = fault.more.get("message", True)
        seconds = script.setdefault("processing_seconds", self.state.settings["processing_seconds"])
        order = Order(str(uuid.uuid4()), url, sha256, config, time.time(), time.monotonic() + seconds, script)
        self.state.orders[order.id] = order
        entry = {"id": order.id, "audio_url": url, "sha256": sha256, "config": config, "time": order.time}
        self.state.ledger.orders.append(entry)
        completion_webhooks.start(self.state, order)
        return JSONResponse(_answer(order, "queued"))

    async def list(self, request: Request) -> Response:
        """One page, newest first; ``before_id`` pages to older ones, ``after_id`` to newer ones."""
        query = request.query_params
        limit = query.get("limit", str(DEFAULT_PAGE))
        if not limit.isdecimal() or not 1 <= int(limit) <= MAX_PAGE:
            return _error(400, f"limit must be between 1 and {MAX_PAGE}")
        if query.get("status", "queued") not in STATUSES:
            return _error(400, "Invalid status")
        newest = list(reversed(self.state.orders.values()))
        ids = [order.id for order in newest]
        if "before_id" in query:
            newest = newest[ids.index(query["before_id"]) + 1 :] if query["before_id"] in ids else []
        if "after_id" in query:
            newest = newest[: ids.index(query["after_id"])] if query["after_id"] in ids else []
            newest = newest[-int(limit) :]
        found = [order for order in newest if query.get("status", order.status()) == order.status()]
        page = found[: int(limit)]
        base = f"{request.base_url}v2/transcript"
        older = {"limit": limit, "before_id": page[-1].id} if page and page[-1].id != ids[-1] else None
        newer = {"limit": limit, "after_id": page[0].id} if page and page[0].id != ids[0] else None
        details = {
            "limit": int(limit),
            "result_count": len(page),
            "current_url": str(request.url),
            "prev_url": f"{base}?{urlencode(older)}" if older else None,
            "next_url": f"{base}?{urlencode(newer)}" if newer else None,
        }
        return JSONResponse({"page_details": details, "transcripts": [_item(order, base) for order in page]})

    async def get(self, request: Request) -> Response:
        """One transcript, with its text once it is finished."""
        order = self.state.orders.get(request.path_params["id"])
        if order is None:
            return _error(404, "Transcript lookup error, transcript id not found")
        if order.status() == "completed" and order.script.get("failing_gets", 0) > 0:
            order.script["failing_gets"] -= 1
            return _error(500, "Server error, developers have been alerted.")
        return JSONResponse(_answer(order, order.status()))

    async def delete(self, request: Request) -> Response:
        """Clear the text; the record remains listed."""
        order = self.state.orders.get(request.path_params["id"])
        if order is None:
            return _error(404, "Transcript lookup error, transcript id not found")
        if order.status() in ("queued", "processing"):
            return _error(400, "Cannot delete a transcript that is not completed")
        order.deleted, order.script = True, {"text": DELETED, "processing_seconds": 0.0}
        self.state.ledger.deletions.append(order.id)
        return JSONResponse(_answer(order, "completed"))


def _problem(config: Any) -> str | None:
    """The reason why the real API would reject an order."""
    if not isinstance(config, dict) or not isinstance(config.get("audio_url"), str):
        return "Invalid endpoint schema, please refer to documentation for examples: audio_url should be a string"
    models = config.get("speech_models")
    if not isinstance(models, list) or not models or not set(models) <= MODELS:
        named = ", ".join(sorted(MODELS))
        return f'"speech_models" must be a non-empty list containing one or more of: {named}'
    if config.get("language_detection") and config.get("language_code"):
        return "language_detection is not available when language_code is specified."
    if config.get("speakers_expected") and not config.get("speaker_labels"):
        return "speakers_expected requires speaker_labels to be enabled"
    if not str(config.get("webhook_url", "https://")).startswith(("http://", "https://")):
        return "webhook_url should be a valid URL"
    if len(config.get("keyterms_prompt") or []) > 1000:
        return "keyterms_prompt must have at most 1000 terms"
    return None


def _answer(order: Order, status: str) -> dict[str, Any]:
    """A transcript as the API returns it; the fields that its contract requires are always present."""
    config = order.config
    body: dict[str, Any] = {
        "id": order.id, "status": status, "audio_url": order.audio_url, "error": None,
        "language_model": "assemblyai_default", "acoustic_model": "assemblyai_default",
        "speech_model": None, "speech_models": config["speech_models"], "speech_model_used": None,
        "language_code": config.get("language_code"), "language_confidence": None,
        "language_confidence_threshold": None, "language_detection": bool(config.get("language_detection")),
        "webhook_auth": bool(config.get("webhook_auth_header_name")), "webhook_url": config.get("webhook_url"),
        "webhook_status_code": order.webhook_status, "auto_highlights": False, "redact_pii": False,
        "summarization": False, "speaker_labels": bool(config.get("speaker_labels")),
        "speakers_expected": config.get("speakers_expected"), "keyterms_prompt": config.get("keyterms_prompt"),
        "text": None, "words": None, "utterances": None, "confidence": None, "audio_duration": None,
        "multichannel": False, "punctuate": True, "format_text": True, "throttled": False,
    }  # fmt: skip
    if order.deleted:
        return {**body, "audio_url": "http://deleted_by_user", "text": DELETED}
    if status == "error":
        message = order.script["error"]
        return {**body, "error": message if isinstance(message, str) else "Transcoding failed. File type unknown"}
    if status == "completed":
        body["speech_model_used"] = config["speech_models"][0]
        spoken = finished(order.script, order.sha256, speaker_labels=bool(config.get("speaker_labels")))
        if config.get("language_code"):
            spoken["language_code"] = config["language_code"]
        body.update(spoken)
    return body


def _item(order: Order, base: str) -> dict[str, Any]:
    status = order.status()
    error = _answer(order, status)["error"] if status == "error" else None
    done = time.time() - time.monotonic() + order.due if status in ("completed", "error") else None
    return {
        "id": order.id,
        "resource_url": f"{base}/{order.id}",
        "status": status,
        "created": _moment(order.time),
        "completed": _moment(done) if done else None,
        "audio_url": "http://deleted_by_user" if order.deleted else order.audio_url,
        "error": error,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status)
