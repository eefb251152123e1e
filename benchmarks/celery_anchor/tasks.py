"""The Celery app and its tasks.

``process_job`` occupies a slot of the worker from the upload to the webhook: it waits for the transcription, asks the model
four questions one after the other, stores the results and calls the webhook. A question that fails leaves an error in its
place; anything else is tried again after 1, 2 and 4 minutes. The environment names Redis, the database, the providers and
the webhook: see ``benchmarks/anchors/celery_pipeline.py``. Must not go here: starting it.
"""

import json
import os
import time
from typing import Any

import assemblyai  # noqa: TID253  # the worker imports it before it forks
import httpx
import openai  # noqa: TID253
from celery import Celery  # only in the environment of this pipeline
from sqlalchemy.orm import Session

from benchmarks.celery_anchor.jobs import Job, engine

SPEECH_MODEL, MODEL = "universal-2", "gpt-6-luna"
POLL_SECONDS = 3.0
SHORTEST_TRANSCRIPT = 10
"""Characters; less is treated as a failed transcription."""
RETRY_SECONDS, RETRIES = 60, 3
WEBHOOK_SECONDS = 30.0
TEXT: dict[str, Any] = {"type": "string"}
LIST: dict[str, Any] = {"type": "array", "items": TEXT}
QUESTIONS = {
    "speakers": {"names": LIST},
    "summary": {"summary": TEXT},
    "action_items": {"items": LIST},
    "decisions": {"items": LIST},
}

app = Celery("anchor", broker=os.environ["ANCHOR_REDIS"], backend=os.environ["ANCHOR_REDIS"])
app.conf.update(
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_retry_delay=RETRY_SECONDS,
    worker_prefetch_multiplier=1,
    worker_concurrency=int(os.environ["ANCHOR_SLOTS"]),
    result_expires=24 * 3600,
)


def process(task: Any, job_id: str) -> None:
    """Take one recording from its file to its webhook."""
    with Session(engine) as database:
        job = database.get_one(Job, job_id)
        job.status = "processing"
        database.commit()
        try:
            text = transcript_of(job.path)
            client = model_client()
            job.result = {"text": text, **{name: ask_safely(client, name, text) for name in QUESTIONS}}
            job.status, job.finished_at = "completed", time.time()
            database.commit()
            call_webhook(job)
        except Exception as error:
            job.status, job.retries = "failed", task.request.retries
            database.commit()
            raise task.retry(exc=error, countdown=RETRY_SECONDS * 2**task.request.retries) from error


def remake(task: Any, job_id: str) -> None:
    """Ask for the summary of a finished recording again."""
    with Session(engine) as database:
        job = database.get_one(Job, job_id)
        result = dict(job.result or {})
        try:
            job.result = {**result, "summary": ask(model_client(), "summary", result["text"])}
            database.commit()
        except Exception as error:
            raise task.retry(exc=error, countdown=RETRY_SECONDS * 2**task.request.retries) from error


process_job = app.task(bind=True, max_retries=RETRIES, name="process_job")(process)
remake_summary = app.task(bind=True, max_retries=RETRIES, name="remake_summary")(remake)


def transcript_of(path: str) -> str:
    """Upload the file and wait for its text. Raises: RuntimeError."""
    settings = assemblyai.Settings(
        api_key=os.environ["ASSEMBLYAI_API_KEY"],
        base_url=os.environ["ASSEMBLYAI_BASE_URL"],
        polling_interval=POLL_SECONDS,
    )
    config = assemblyai.TranscriptionConfig(speaker_labels=True, speech_models=[SPEECH_MODEL])
    done = assemblyai.Transcriber(client=assemblyai.Client(settings=settings)).transcribe(path, config)
    text = done.text or ""
    if done.status == assemblyai.TranscriptStatus.error or len(text.strip()) < SHORTEST_TRANSCRIPT:
        raise RuntimeError(f"no transcript: {done.error}")
    return text


def model_client() -> openai.OpenAI:
    """A client of the language model."""
    return openai.OpenAI(api_key=os.environ["OPENAI_API_KEY"], base_url=os.environ["OPENAI_BASE_URL"])


def ask(client: openai.OpenAI, name: str, text: str) -> dict[str, Any]:
    """The model's answer to one question about the text."""
    properties = QUESTIONS[name]
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    response = client.responses.create(
        model=MODEL,
        input=[{"role": "system", "content": f"Find the {name} of this meeting."}, {"role": "user", "content": text}],
        text={"format": {"type": "json_schema", "name": name, "strict": True, "schema": schema}},
    )
    answer: dict[str, Any] = json.loads(response.output_text)
    return answer


def ask_safely(client: openai.OpenAI, name: str, text: str) -> dict[str, Any]:
    """The answer, or the error in its place."""
    try:
        return ask(client, name, text)
    except Exception as error:  # noqa: BLE001  # whatever it is, the other questions are asked
        return {"error": str(error)}


def call_webhook(job: Job) -> None:
    """Call the webhook once. Nobody learns of a failure."""
    body = {"job_id": job.id, "status": job.status, "meeting": job.result}
    try:
        httpx.post(
            f"{os.environ['ANCHOR_WEBHOOKS']}{job.id}",
            json=body,
            headers={"X-Webhook-Secret": "secret"},
            timeout=WEBHOOK_SECONDS,
        ).raise_for_status()
    except httpx.HTTPError:
        return
