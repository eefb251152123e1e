"""What a restore tells the person who started it: secrets that cannot be read, settings that are not set, files that are absent.

Must not go here: restoring (``restoring.py``).
"""

import os
from collections.abc import Iterator

from meeting_pipeline.backup.layout import Manifest
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.installation import Installation
from meeting_pipeline.settings import VARIABLES, given_settings
from meeting_pipeline.store.engine.secrets import ENCRYPTION_KEY_FILE, KEY_FOLDER
from meeting_pipeline.store.recordings.cli_queries import stored_secret


def restore_warnings(opened: Installation, manifest: Manifest) -> Iterator[str]:
    """What a person has to know or do after this restore."""
    database = opened.store.database
    token = stored_secret(database)
    if token is not None:
        try:
            opened.store.context.cipher.decrypt(token)
        except PipelineError as error:
            yield f"{error}"
    if (
        not (opened.settings.home / KEY_FOLDER / ENCRYPTION_KEY_FILE).is_file()
        and opened.settings.encryption_key is None
    ):
        yield "The encryption key was not in the backup: stored webhook secrets cannot be read."
    variable = VARIABLES["webhook_signing_secret"]
    if variable in manifest.variables and opened.settings.webhook_signing_secret is None:
        yield f"{variable} was set and is not now: a new secret would be made, and receivers would refuse its signatures."
    own = sorted({row.url for row in opened.store.signing_secrets.list() if row.valid_until is None})
    if own:
        yield (
            f"Webhooks to {', '.join(own)} are signed with the secrets of {manifest.made_at:%Y-%m-%d %H:%M} UTC again. If one "
            "was replaced since, receivers reject it, or a leaked one signs again: meeting-pipeline webhooks rotate-secret URL"
        )
    given = given_settings(os.environ)
    unset = [name for name in manifest.variables if name not in given and name != variable]
    if unset:
        yield f"Settings of the system in the backup that are not set now: {', '.join(unset)}."
    reasons = {
        "deleted": "was deleted while the backup was written: delete it again",
        "lost": "had no stored copy: submit it again",
        "damaged": "differs from what was accepted: submit it again",
    }
    for absent in manifest.absent:
        if absent.folder is not None:
            again = (
                ", and was deleted while the backup was written: delete it again" if absent.reason == "deleted" else ""
            )
            yield (
                f"{absent.key}: {absent.file} is on the disk of another machine ({absent.host}), and not in the backup{again}."
            )
            continue
        yield f"{absent.key}: {absent.file} {reasons[absent.reason]}."
