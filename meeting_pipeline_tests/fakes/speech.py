"""``POST /v1/audio/transcriptions`` of OpenAI and of servers that speak its protocol, each with its own habits.

What is said follows from the sound: a part of N seconds holds a segment for each five of them, whose words name the part and the
segment. Settings (``speech``): ``formats`` that are taken (others: ``unknown_format``, a status, or ``text``: the text alone with
200, as whisper.cpp does), ``shape`` (``openai``, ``mistral``), ``max_bytes``, ``max_seconds``, ``keyed``, ``seconds`` of delay,
``answers``: so many, and all others wait until there may be more.
Must not go here: wire faults (``faults.py``).
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import time
from typing import Any

import multipart
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from meeting_pipeline_tests.fakes.state import ProviderState

SEGMENT_SECONDS = 5.0
_LOOK_SECONDS = 0.05
"""How soon a request that waits notices changed settings."""


class Speech:
    """The route over one state."""

    def __init__(self, state: ProviderState) -> None:
        self.state = state
        self._answered = 0

    def routes(self) -> list[Route]:
        """All routes."""
        return [Route("/v1/audio/transcriptions", self.transcribe, methods=["POST"])]

    async def transcribe(self, request: Request) -> Response:
        """Check a request as strictly as the real API, and answer it."""
        habits = self.state.settings["speech"]
        key = request.headers.get("authorization", "")
        if habits["keyed"] and key != f"Bearer {self.state.settings['openai_key']}":
            return _error(401, "Incorrect API key provided.", "invalid_api_key")
        kind, options = multipart.parse_options_header(request.headers.get("content-type", ""))
        if kind != "multipart/form-data":
            return _error(400, "Invalid content type.", None)
        body = io.BytesIO(await request.body())
        parts = list(multipart.MultipartParser(body, options["boundary"], mem_limit=2**27, memfile_limit=2**27))
        fields = {part.name: part.value for part in parts if not part.filename}
        file = next((part for part in parts if part.name == "file" and part.filename), None)
        if file is None or not fields.get("model"):
            return _error(400, "Missing required parameter.", "missing_required_parameter")
        data = file.raw
        seconds = _seconds(data)
        call = {
            "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "seconds": seconds, "fields": fields,
            "granularities": [part.value for part in parts if part.name == "timestamp_granularities[]"],
            "name": file.filename,
            "chunked": "transfer-encoding" in request.headers, "time": time.time(),
        }  # fmt: skip
        refused = self._refused(habits, call)
        self.state.ledger.speech_calls.append({**call, "billed": refused is None})
        if refused is not None:
            return refused
        if habits["seconds"]:
            await asyncio.sleep(habits["seconds"])
        await self._wait_for_turn()
        wanted = fields.get("response_format", "json")
        return JSONResponse(_answer(habits, wanted if wanted in habits["formats"] else "json", call))

    async def _wait_for_turn(self) -> None:
        """Wait while no more answers may be given: a test that changes the settings ends the wait."""
        while (most := self.state.settings["speech"]["answers"]) is not None and self._answered >= most:
            await asyncio.sleep(_LOOK_SECONDS)
        self._answered += 1

    def _refused(self, habits: dict[str, Any], call: dict[str, Any]) -> Response | None:
        fields, wanted = call["fields"], call["fields"].get("response_format", "json")
        if call["bytes"] > habits["max_bytes"]:
            return _error(413, f"Maximum content size limit ({habits['max_bytes']}) exceeded.", None)
        if call["seconds"] > habits["max_seconds"]:
            message = f"audio duration {call['seconds']} seconds is longer than {habits['max_seconds']} seconds"
            return _error(400, message, "invalid_value")
        if habits["shape"] == "mistral" and "response_format" in fields:
            return JSONResponse({"detail": [{"loc": ["body", "response_format"], "type": "extra_forbidden"}]}, 422)
        if habits["shape"] != "mistral" and wanted not in habits["formats"] and habits["unknown_format"] != "text":
            message = f"response_format '{wanted}' is not compatible with model '{fields['model']}'."
            return _error(int(habits["unknown_format"]), message, "unsupported_value")
        if wanted == "diarized_json" and call["seconds"] > 30 and not fields.get("chunking_strategy"):
            return _error(400, "chunking_strategy is required for diarization models", "invalid_value")
        if wanted == "diarized_json" and fields.get("prompt"):
            return _error(400, "prompt is not supported for diarization models", "invalid_value")
        return None


def words_of(sha256: str, seconds: float) -> list[str]:
    """What is said in a part, by segment."""
    count = max(1, int(seconds // SEGMENT_SECONDS))
    return [f"Part {sha256[:6]} has segment {number} here." for number in range(count)]


def _answer(habits: dict[str, Any], wanted: str, call: dict[str, Any]) -> dict[str, Any]:
    texts = words_of(call["sha256"], call["seconds"])
    body: dict[str, Any] = {"text": " ".join(texts)}
    if habits["raw"] is not None:
        return {**body, **habits["raw"]}
    spans = [(number * SEGMENT_SECONDS, number * SEGMENT_SECONDS + 4.5) for number in range(len(texts))]
    if habits["shape"] == "mistral":
        pieces = [
            {"text": text, "start": start, "end": end, "speaker_id": f"speaker_{number % 2}"}
            for number, (text, (start, end)) in enumerate(zip(texts, spans, strict=True))
        ]
        return {**body, "model": "voxtral-mini-2602", "language": None, "segments": pieces}
    if wanted == "diarized_json":
        segments = [
            {"id": f"seg_{number:03}", "type": "transcript.text.segment", "text": text, "start": start, "end": end,
             "speaker": "AB"[number % 2]}
            for number, (text, (start, end)) in enumerate(zip(texts, spans, strict=True))
        ]  # fmt: skip
        return {**body, "task": "transcribe", "duration": call["seconds"], "segments": segments}
    if wanted == "verbose_json":
        verbose = [
            {"id": number, "seek": 0, "start": start, "end": end, "text": f" {text}", "tokens": [], "temperature": 0.0,
             "avg_logprob": -0.2, "compression_ratio": 1.0, "no_speech_prob": 0.01}
            for number, (text, (start, end)) in enumerate(zip(texts, spans, strict=True))
        ]  # fmt: skip
        body = {**body, "task": "transcribe", "language": "english", "duration": call["seconds"], "segments": verbose}
        if "word" in call["granularities"]:
            body["words"] = [word for text, span in zip(texts, spans, strict=True) for word in _timed(text, span)]
    return body


def _timed(text: str, span: tuple[float, float]) -> list[dict[str, Any]]:
    words = text.split()
    step = (span[1] - span[0]) / len(words)
    return [
        {"word": word.strip("."), "start": span[0] + at * step, "end": span[0] + (at + 1) * step}
        for at, word in enumerate(words)
    ]


def _seconds(data: bytes) -> float:
    """The length of the sound, decoded: a container that promises more would not pass."""
    import av

    with av.open(io.BytesIO(data), "r") as container:
        samples = sum(frame.samples for frame in container.decode(container.streams.audio[0]))
        return round(samples / container.streams.audio[0].rate, 2)


def _error(status: int, message: str, code: str | None) -> JSONResponse:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)
