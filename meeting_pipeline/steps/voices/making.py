"""Makes the voices of recordings that lack them, one recording after the other.

A recording whose voices cannot be made is recorded with the reason and not retried automatically: nothing depends on it. Must
not go here: calling the model (``asking.py``), storing (``store/people/voices.py``).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.errors import (
    BadAnswer,
    OperatorError,
    PermanentError,
    PipelineError,
    StorageRefused,
    StoreUnavailable,
    TransientError,
)
from meeting_pipeline.foundation.disk_space import infrastructure_error_of
from meeting_pipeline.foundation.logs import step_line
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.speaker_voices import model_id
from meeting_pipeline.steps.stored_elsewhere import stored_elsewhere
from meeting_pipeline.steps.stored_files import sound_at_hand
from meeting_pipeline.steps.transcription import stored_copy
from meeting_pipeline.steps.voices.asking import SandboxedModel, VoiceModel
from meeting_pipeline.store.people.voices import VoiceWork

ROUND_SECONDS: Final = 1800.0
"""Longest round of one run. What is left is for the next night, or for `meeting-pipeline voices make`."""


@dataclass
class VoicesRound:
    """The result of a round. ``failed``: recordings whose voices cannot be made."""

    recordings: int = 0
    voices: int = 0
    failed: int = 0


def model_of(installation: Installation) -> SandboxedModel | None:
    """The model of this installation; ``None``: it is off, or its file cannot be read."""
    path = installation.settings.voices_model
    identity = model_id(path)
    return SandboxedModel(identity, path) if path is not None and identity is not None else None


def has_work(installation: Installation) -> bool:
    """Whether voices are made in this installation."""
    model = model_of(installation)
    return model is not None and bool(installation.store.voices.lacking(model.id, 1))


def make_voices(
    installation: Installation, model: VoiceModel, *, may_start: Callable[[], bool] = lambda: True,
    seconds: float = ROUND_SECONDS,
) -> VoicesRound:  # fmt: skip
    """Make missing voices for about ``seconds``. ``may_start``: asked before each recording.

    Raises: OperatorError (also ``voices_model_unusable``, ``voices_not_installed``), StoreUnavailable, WorkerFenced.
    """
    done, ends = VoicesRound(), time.monotonic() + seconds
    length = 0
    key: str | None = None  # those that wait, or that changed meanwhile, are left for the next round
    while time.monotonic() < ends and may_start():
        key = next(iter(installation.store.voices.lacking(model.id, 1, key)), None)
        if key is None:
            break
        if _is_elsewhere(installation, key):
            continue
        length = length or model.check()
        work = installation.store.voices.open(key, model.id)
        if work is not None:
            _make(installation, model, work, length, done)
    return done


def _is_elsewhere(installation: Installation, key: str) -> bool:
    row = installation.store.recordings.find(key)
    try:
        elsewhere = stored_elsewhere(installation, row) if row is not None and row.object_prefix is None else None
    except OSError as error:
        raise _folder_unreadable(error) from error
    if elsewhere is not None:
        step_line("voices", "waits", recording_id=key, code=elsewhere.code)
    return elsewhere is not None


def _make(installation: Installation, model: VoiceModel, work: VoiceWork, length: int, done: VoicesRound) -> None:
    """Make the voices of one recording. It waits if its file is not here, or the machine is at fault."""
    code = None
    voices: dict[str, list[float]] = {}
    try:
        if work.spans:
            with sound_at_hand(installation, installation.store.recordings.get(work.key)) as audio:
                voices = model.voices(audio, work.spans, length)
    except StoreUnavailable:  # no recording is at fault
        raise
    except OperatorError as error:
        if not isinstance(error, StorageRefused):  # the others may be elsewhere
            raise
        step_line("voices", "waits", recording_id=work.key, code=error.code)
        return
    except (PipelineError, OSError) as error:
        cause = _cause(installation, work.key, error)
        if isinstance(cause, StoreUnavailable):
            raise cause from error
        if not isinstance(cause, PermanentError | BadAnswer):
            step_line("voices", "waits", recording_id=work.key, code=cause.code)
            return
        code = cause.code
    if not installation.store.voices.finish(work, voices, code):
        return
    if code is not None:
        done.failed += 1
        step_line("voices", "failed", recording_id=work.key, code=code)
        return
    done.recordings += 1
    done.voices += len(voices)
    step_line("voices", "made", recording_id=work.key, voices=len(voices))


def _cause(installation: Installation, key: str, error: PipelineError | OSError) -> PipelineError:
    """What an error means once the stored copy was looked at: a decoder says of a file that is not here that it is broken."""
    try:
        row = installation.store.recordings.get(key)
        found = stored_copy.typed_for(installation, row, error if isinstance(error, OSError) else OSError())
    except PermanentError as gone:
        return gone
    except OSError as unreadable:
        return _folder_unreadable(unreadable)
    if found is not None:
        return found
    return error if isinstance(error, PipelineError) else _folder_unreadable(error)


def _folder_unreadable(error: OSError) -> PipelineError:
    reason = error.strerror or type(error).__name__
    return infrastructure_error_of(error) or TransientError("file_unreadable", f"A file cannot be read: {reason}.")
