"""Makes the voices of recordings that lack them, one recording after the other.

A recording whose voices cannot be made is noted with the reason and not tried again by itself: nothing depends on it. Must not go
here: asking the model (``asking.py``), storing (``store/people/voices.py``).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.errors import OperatorError, PipelineError, StorageRefused, StoreUnavailable
from meeting_pipeline.foundation.logs import step_line
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.speaker_voices import model_id
from meeting_pipeline.steps.stored_files import sound_at_hand
from meeting_pipeline.steps.voices.asking import SandboxedModel, VoiceModel
from meeting_pipeline.store.people.voices import VoiceWork

ROUND_SECONDS: Final = 1800.0
"""Longest round of one run. What is left is for the next night, or for `meeting-pipeline voices make`."""
_UNREADABLE_FILE: Final = "file_unreadable"


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
    """Whether voices are to be made."""
    model = model_of(installation)
    return model is not None and bool(installation.store.voices.lacking(model.id, 1))


def make_voices(
    installation: Installation, model: VoiceModel, *, may_start: Callable[[], bool] = lambda: True,
    seconds: float = ROUND_SECONDS,
) -> VoicesRound:  # fmt: skip
    """Make what lacks, for about so many seconds. ``may_start``: asked before each recording.

    Raises: OperatorError (also ``voices_model_unusable``, ``voices_not_installed``), StoreUnavailable, WorkerFenced.
    """
    done, ends = VoicesRound(), time.monotonic() + seconds
    checked = False
    left: set[str] = set()  # those that changed meanwhile are for the next round
    while time.monotonic() < ends and may_start():
        lacking = installation.store.voices.lacking(model.id, len(left) + 1)
        key = next((one for one in lacking if one not in left), None)
        if key is None:
            break
        if not checked:
            model.check()
            checked = True
        work = installation.store.voices.open(key, model.id)
        if work is None or not _make(installation, model, work, done):
            left.add(key)
    return done


def _make(installation: Installation, model: VoiceModel, work: VoiceWork, done: VoicesRound) -> bool:
    """Make the voices of one recording. False if it has to wait: it has changed meanwhile, or its storage is not there."""
    code = None
    voices: dict[str, list[float]] = {}
    try:
        if work.spans:
            with sound_at_hand(installation, installation.store.recordings.get(work.key)) as audio:
                voices = model.voices(audio, work.spans)
    except StorageRefused as error:  # the others may be elsewhere
        step_line("voices", "waits", recording_id=work.key, code=error.code)
        return False
    except (OperatorError, StoreUnavailable):  # no recording is at fault
        raise
    except PipelineError as error:
        code = error.code
    except OSError:
        code = _UNREADABLE_FILE
    if not installation.store.voices.finish(work, voices, code):
        return False
    if code is not None:
        done.failed += 1
        step_line("voices", "failed", recording_id=work.key, code=code)
        return True
    done.recordings += 1
    done.voices += len(voices)
    step_line("voices", "made", recording_id=work.key, voices=len(voices))
    return True
