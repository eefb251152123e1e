"""The questions that the sandbox answers: each reads untrusted bytes and returns JSON.

To add a question, add a function here and an entry in ``_QUESTIONS``. It runs in a restricted fork: no database, no network,
no writing, except that ``prepare`` and ``parts`` write one file of limited size into the staging folder. Must not go here: limits
and processes (``sandbox.py``, ``sandbox_process.py``).
"""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from meeting_pipeline.domain.errors import IntakeRefused, OperatorError

_PROBE_BYTES: Final = 64 * 1024**2
"""Decoding an honest recording needs less memory."""


def answer(name: str, given: dict[str, Any]) -> bytes:
    """The answer as JSON.

    ``{"value": ...}``, ``{"refused": [code, message, advice]}``, ``{"operator": [code, message, advice]}``,
    ``{"os_error": [number, reason]}``, ``{"failed": type}``, or
    ``{"broken": type}`` for an error that no file can cause.
    """
    try:
        found: dict[str, Any] = {"value": _QUESTIONS[name](given)}
    except IntakeRefused as error:
        found = {"refused": [error.code, error.message, error.advice]}
    except OperatorError as error:
        found = {"operator": [error.code, error.message, error.advice]}
    except OSError as error:
        if type(error).__module__ == "builtins":
            found = {"os_error": [error.errno or 0, error.strerror or type(error).__name__]}
        else:  # an FFmpeg error: about the file
            found = {"failed": type(error).__name__}
    except (ImportError, SyntaxError) as error:  # a library is missing, or was replaced while the program runs
        found = {"broken": type(error).__name__}
    except Exception as error:  # noqa: BLE001 - out of memory, or a bug: only its type is reported, the text may quote the file
        found = {"failed": type(error).__name__}
    return json.dumps(found).encode()


def _inspect(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.steps.intake.probe_subprocess import probe_files

    transcript = Path(given["transcript"]) if given["transcript"] else None
    found = probe_files(Path(given["main"]), transcript, multichannel=given["multichannel"])
    return {"facts": found.facts.model_dump() if found.facts else None, "duration_ms": found.duration_ms}


def _prepare(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.domain.recording import MediaFacts
    from meeting_pipeline.steps.intake.probe_subprocess import prepare_file

    facts = MediaFacts.model_validate(given["facts"])
    prepare_file(Path(given["main"]), Path(given["target"]), facts, multichannel=given["multichannel"])
    return {}


def _holds_words(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.providers.imported.same_words import holds_words

    return {"held": holds_words(Path(given["export"]), Path(given["other"]))}


def _sidecar(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.steps.intake.sidecar import read_sidecar

    return read_sidecar(Path(given["path"])).model_dump(mode="json", exclude_defaults=True)


def _transcribe(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.domain.recording import TranscriptionOptions
    from meeting_pipeline.domain.transcript import Transcript
    from meeting_pipeline.providers.ports import Audio, Pending
    from meeting_pipeline.providers.selection import SpeechProviders
    from meeting_pipeline.settings import Settings

    media, transcript = (Path(path) if path else None for path in (given["media"], given["transcript"]))
    audio = Audio(media, transcript, given["duration_ms"], tuple(given["participants"]))
    provider = SpeechProviders(Settings.model_validate(given["settings"])).named(given["provider"])
    found = provider.collect(None, audio, TranscriptionOptions.model_validate(given["options"]))
    if isinstance(found, Transcript):
        return {"transcript": found.model_dump(mode="json")}
    if isinstance(found, Pending):
        raise TypeError("a local provider is never pending")
    return {"rejected": [found.code, found.reason]}


def _cuts(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.providers.parts.cutting import cuts

    ranges = given["ranges"] and [tuple(one) for one in given["ranges"]]
    return {"spans": cuts(Path(given["media"]), given["longest_ms"], ranges)}


def _parts(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.providers.parts.cutting import write_parts

    spans = [tuple(span) for span in given["spans"]]
    return {"sizes": write_parts(Path(given["media"]), spans, given["audio"], Path(given["target"]))}


def _turns(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.providers.parts.voices import turns

    found = turns(Path(given["media"]), given["speakers_expected"])
    return {"turns": [[one.start_ms, one.end_ms, one.speaker] for one in found]}


def _voices(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.providers.parts.voices import Labelled, linked

    spoken = [Labelled(*one) for one in given["spoken"]]
    return {"speakers": linked(Path(given["media"]), spoken, given["speakers_expected"])}


def _speaker_voices(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.providers.speaker_voices import voices_in

    spans = {label: [tuple(span) for span in some] for label, some in given["spans"].items()}
    return {"voices": voices_in(Path(given["media"]), Path(given["model"]), spans)}


def _voice_model(given: dict[str, Any]) -> dict[str, Any]:
    from meeting_pipeline.providers.speaker_voices import try_model

    return {"length": try_model(Path(given["model"]))}


def _probe(given: dict[str, Any]) -> dict[str, Any]:
    """Check without a file that the sandbox works: it can import the libraries and allocate some memory."""
    for module in given["modules"]:
        importlib.import_module(module)
    return {"bytes": len(bytearray(_PROBE_BYTES))}


_QUESTIONS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "cuts": _cuts,
    "holds_words": _holds_words,
    "inspect": _inspect,
    "parts": _parts,
    "prepare": _prepare,
    "probe": _probe,
    "sidecar": _sidecar,
    "speaker_voices": _speaker_voices,
    "transcribe": _transcribe,
    "turns": _turns,
    "voice_model": _voice_model,
    "voices": _voices,
}
