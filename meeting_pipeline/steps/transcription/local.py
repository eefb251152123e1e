"""Reading and transcribing files on this machine, in a sandbox, so that no file can crash the worker.

The stored bytes were inspected at intake, but are still untrusted. Must not go here: the engines (``providers/``), storing
results (``collect.py``).
"""

from dataclasses import replace
from typing import Any, Final

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import OperatorError, ProviderRefused, StoreUnavailable, TransientError
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.units import MS_PER_SECOND
from meeting_pipeline.media.policies import MAX_VOICES
from meeting_pipeline.providers.ports import Audio, Rejected
from meeting_pipeline.providers.registry import speech_spec
from meeting_pipeline.providers.spec import LocalLimits
from meeting_pipeline.settings import Settings
from meeting_pipeline.steps.sandbox.question import Ended, Limits, broken
from meeting_pipeline.steps.sandbox.sandbox import Sandbox
from meeting_pipeline.steps.transcription import policies

_MODULES: Final = ("meeting_pipeline.providers.selection", "meeting_pipeline.settings")


def transcribe_here(
    provider: str, audio: Audio, options: TranscriptionOptions, settings: Settings
) -> Rejected | Transcript:
    """Transcribe a recording with the local provider of this name.

    Its process gets only those settings that the provider names, so it holds no secret.

    Raises: ProviderRefused ``transcription_limit`` (it exceeds the time or text limit for its length);
        TransientError ``transcription_crashed``; StoreUnavailable ``shutting_down``; OperatorError ``sandbox_broken`` (no file
        can be read at present), and those of the provider; OSError (the stored file cannot be read).
    """
    given = {
        "provider": provider,
        "media": str(audio.media_path) if audio.media_path else None,
        "transcript": str(audio.transcript_path) if audio.transcript_path else None,
        "duration_ms": audio.duration_ms,
        "participants": list(audio.participants),
        "options": options.model_dump(mode="json"),
        "settings": _settings_for(provider, settings),
    }
    spec = speech_spec(provider)
    allowed = spec.local if spec is not None else LocalLimits()
    passes = MAX_VOICES if options.multichannel else 1  # each channel is transcribed separately; most of it is silence
    limits = _limits(audio, allowed, passes=passes)
    return _understood(_run_in_sandbox("transcribe", given, limits), provider)


def ask_sandbox(
    name: str, given: dict[str, Any], audio: Audio, answer_bytes: int, *, file_bytes: int = 0
) -> dict[str, Any]:
    """Ask the sandbox something about a recording's file, within the limits for transcribing it.

    ``file_bytes``: largest size of the file that it writes.

    Raises: ProviderRefused (the code of what makes the file unreadable, ``transcription_limit``); and as ``transcribe_here``.
    """
    limits = replace(_limits(audio, LocalLimits()), answer_bytes=answer_bytes, file_bytes=file_bytes)
    answer = _answer_of(_run_in_sandbox(name, given, limits), name)
    if "refused" in answer:
        code, message, advice = answer["refused"]
        raise ProviderRefused(code, message, advice)
    found: dict[str, Any] = answer["value"]
    return found


def _run_in_sandbox(name: str, given: dict[str, Any], limits: Limits) -> Ended:
    sandbox = Sandbox()
    try:
        try:
            sandbox.begin(name, given, limits)
        except OSError as error:  # no process, descriptor or program available
            raise _cannot(error.strerror or type(error).__name__) from error
        ended = sandbox.wait(float("inf")) or Ended("lost")
        if ended.is_broken or (ended.has_no_answer and not ended.was_stopped and not sandbox.works(_MODULES)):
            raise _cannot(ended.how if ended.answer is None else str(ended.answer))
    finally:
        sandbox.close()
    return ended


def _cannot(how: str) -> OperatorError:
    """The environment is at fault: it uses up no attempt of the recording, which is retried automatically."""
    error = broken(how)
    return OperatorError(error.code, error.message, error.advice)


def _settings_for(provider: str, settings: Settings) -> dict[str, Any]:
    spec = speech_spec(provider)
    return settings.model_dump(mode="json", include=set(spec.local_settings)) if spec is not None else {}


def _limits(audio: Audio, allowed: LocalLimits, *, passes: int = 1) -> Limits:
    cpu = policies.LOCAL_TRANSCRIPTION_CPU_SECONDS
    if audio.media_path is not None and audio.transcript_path is None:
        cpu += int(audio.duration_ms / MS_PER_SECOND * allowed.cpu_share) * passes
    return Limits(
        cpu,
        float(cpu * shared_policies.INSPECTION_CLOCK_SHARE),
        allowed.memory_bytes,
        policies.LOCAL_TRANSCRIPT_BYTES,
    )


def _understood(ended: Ended, provider: str) -> Rejected | Transcript:
    answer = _answer_of(ended, provider)
    if "refused" in answer:
        code, message, _ = answer["refused"]
        return Rejected(code, message)
    value = answer["value"]
    if "transcript" in value:
        return Transcript.model_validate(value["transcript"])
    code, reason = value["rejected"]
    return Rejected(code, reason)


def _answer_of(ended: Ended, what: str) -> dict[str, Any]:
    """The answer, if it has a value or refuses the file. ``what``: for messages."""
    if ended.was_stopped or ended.how == "lost":
        raise StoreUnavailable(
            "shutting_down", "The run is being stopped.", "The recording is transcribed by another run."
        )
    answer = ended.answer or {"failed": ended.how}
    if "refused" in answer or isinstance(answer.get("value"), dict):
        return answer
    if "operator" in answer:
        raise OperatorError(*answer["operator"])
    if "os_error" in answer:
        raise OSError(*answer["os_error"])
    how = answer.get("failed", "no answer")
    if how in ("time", "output"):
        raise ProviderRefused(
            "transcription_limit",
            f"Transcribing this recording on this machine ({what}) took more than a recording of this length should "
            "need.",
            "Listen to the recording; drop a better copy, or a transcript export.",
        )
    raise TransientError(
        "transcription_crashed",
        f"Transcribing this recording on this machine ({what}) ended with {how}.",
        "It is retried. If that fails too, the recording may need more memory than there is: submit a shorter part.",
    )
