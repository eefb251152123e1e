"""Reads ``NAME.json``, the submitter's details about a recording. Parsing is strict, so that no typo goes unnoticed.

Must not go here: which keys there are (``domain/sidecar_options.py``), where the file ends up (``steps/intake/quarantine.py``).
"""

import stat
from pathlib import Path

from pydantic import ValidationError

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.strict_json import BadJson, strict_json
from meeting_pipeline.domain.text import short_line

_LARGEST_BYTES = 256 * 1024
"""A sidecar with a thousand key terms has some 20 KB."""
_SHOWN_KEY = 60
"""Characters of the place of a problem in a message."""
_ADVICE = "Correct the .json file next to the recording (docs/submitting.md, section Sidecar) and drop both again."


def read_sidecar(path: Path) -> SidecarOptions:
    """The options in the file.

    Raises: IntakeRefused ``bad_sidecar``, which names the fields and never shows values; OSError if it is gone.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_BYTES:
        raise IntakeRefused("bad_sidecar", f"{path.name} is not a regular file of at most 256 KB.", _ADVICE)
    try:
        return SidecarOptions.model_validate(strict_json(path.read_bytes()))
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        problems = "; ".join(f"{_place(e['loc'])}: {e['msg']}" for e in found[:5])
        raise IntakeRefused("bad_sidecar", f"{path.name} is not a valid sidecar. {problems}", _ADVICE) from None
    except BadJson as error:
        raise IntakeRefused("bad_sidecar", f"{path.name} {error}.", _ADVICE) from None


def _place(steps: tuple[int | str, ...]) -> str:
    """The location in the file. Keys come from the submitter and may be long or unprintable."""
    return short_line(".".join(map(str, steps)), _SHOWN_KEY) or "file"
