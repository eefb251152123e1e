"""``POST /v1/ask``: a question about all meetings, answered in sentences that code has verified.

Must not go here: answering (``steps/asking/``), the representation (``api/schemas/questions.py``).
"""

import json
import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from meeting_pipeline.api import policies
from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.advice import advice_for, message_for
from meeting_pipeline.api.schemas.problems import REFUSED, UNKNOWN, ApiError, responses
from meeting_pipeline.api.schemas.questions import Answer, AskedQuestion, Passages, answer_of, passages_of
from meeting_pipeline.api.streaming.sse_response import MEDIA_TYPE
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.domain.questions.passages import Passage
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.asking.ask import ask, require_question
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.search.values import Question

router = APIRouter(prefix="/v1/ask", tags=["meetings"], route_class=StrictRoute)
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_FRAMES: Final[dict[str, Any]] = {
    "description": "Frames with `event` (`passages`, `answer` or `problem`) and `data` as JSON: `Passages`, `Answer`, or `code`, "
    "`detail` and `advice` of a problem. `answer` and `problem` end the stream.",
}
Slots = threading.BoundedSemaphore


def _slots(request: Request) -> Slots:
    found: Slots = request.app.state.question_slots
    return found


@router.post(
    "",
    operation_id="ask",
    response_model=Answer,
    responses={
        200: {
            "description": "The answer, or the best passages and the reason.",
            "content": {MEDIA_TYPE: {"schema": _FRAMES}},
        },
        **responses(
            _400="The question is empty (`empty_question`).",
            _422="The body is invalid, or the question is too long (`question_too_long`).",
            _429="Too many questions are being answered at this moment (`too_many_questions`).",
            **REFUSED,
            **UNKNOWN,
        ),
    },
)
def answer_question(
    installation: Opened,
    _caller: Reader,
    slots: Annotated[Slots, Depends(_slots)],
    request: Request,
    body: AskedQuestion,
) -> Any:
    """Answer a question from what was said in all meetings.

    Each sentence cites segments, and is shown only if they support it. Without a language model, beyond the daily limit, or
    if nothing supports an answer, `reason` says so and `passages` has the best passages. Neither the question nor the answer
    is stored. With `Accept: text/event-stream`, the passages come first, as a separate event.
    """
    question = body.to_question()
    require_question(question.text)
    if question.recording_key is not None:
        if not is_key(question.recording_key):
            raise unknown_recording(question.recording_key[: policies.SHOWN_CHARACTERS])
        installation.store.recordings.get(question.recording_key)
    if not slots.acquire(blocking=False):
        raise ApiError(
            429, "too_many_questions", f"{policies.QUESTIONS_AT_ONCE} questions are being answered at this moment.",
            "Ask again in a few seconds.", {"Retry-After": str(policies.QUESTION_RETRY_SECONDS)},
        )  # fmt: skip
    if MEDIA_TYPE in request.headers.get("accept", ""):
        return StreamingResponse(_events(installation, question, slots), media_type=MEDIA_TYPE, headers=_HEADERS)
    try:
        return answer_of(installation.settings, ask(installation, question))
    finally:
        slots.release()


def _events(installation: Installation, question: Question, slots: Slots) -> Iterator[str]:
    """The frames. The answer is made in its own thread, which ends also if the client leaves: its call is paid for.

    The thread is started here, not with the first frame: it gives the slot back, also if nobody ever reads.
    """
    frames: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def passages(found: Sequence[Passage], pending: int) -> None:
        frames.put(_frame("passages", passages_of(installation.settings, found, pending)))

    def work() -> None:
        try:
            frames.put(_frame("answer", answer_of(installation.settings, ask(installation, question, passages))))
        except PipelineError as error:
            settings = installation.settings
            advice = advice_for(settings, error.code, error.advice)
            frames.put(_problem(error.code, message_for(settings, error), advice))
        except Exception:
            frames.put(_problem("internal_error", "The service failed to answer.", "Report it with the service's log."))
            raise
        finally:
            slots.release()
            frames.put(None)

    threading.Thread(target=work, name="question", daemon=True).start()
    return _read(frames)


def _read(frames: "queue.SimpleQueue[str | None]") -> Iterator[str]:
    while True:
        try:
            frame = frames.get(timeout=policies.QUESTION_HEARTBEAT_SECONDS)
        except queue.Empty:
            yield ": still here\n\n"
            continue
        if frame is None:
            return
        yield frame


def _frame(event: str, data: BaseModel | Passages) -> str:
    return f"event: {event}\ndata: {data.model_dump_json()}\n\n"


def _problem(code: str, message: str, advice: str) -> str:
    return f"event: problem\ndata: {json.dumps({'code': code, 'detail': message, 'advice': advice})}\n\n"
