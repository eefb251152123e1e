"""Reading ``NAME.json``: what a submitter says about a recording. Strict, so that a typing error is not a lost wish.

Must not go here: which keys there are (``domain/models.py``), where the file ends up (``steps/set_aside.py``).
"""

import json
import stat
from pathlib import Path

from pydantic import ValidationError

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.models import SidecarOptions

_LARGEST_BYTES = 256 * 1024
"""A sidecar with a thousand key terms has some 20 KB."""
_ADVICE = "Correct the .json file beside the recording (README, section Sidecar) and drop both again."


def read_sidecar(path: Path) -> SidecarOptions:
    """The options in the file.

    Raises: IntakeRefused ``bad_sidecar``, which names the fields and never shows values; OSError if it is gone.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_BYTES:
        raise IntakeRefused("bad_sidecar", f"{path.name} is no regular file of at most 256 KB.", _ADVICE)
    try:
        return SidecarOptions.model_validate(json.loads(path.read_text(encoding="utf-8-sig")))
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in found[:5])
        raise IntakeRefused("bad_sidecar", f"{path.name} is not understood. {problems}", _ADVICE) from None
    except (ValueError, RecursionError):  # not chained: the cause quotes the text, which may hold a secret
        raise IntakeRefused("bad_sidecar", f"{path.name} is not valid JSON in UTF-8.", _ADVICE) from None
