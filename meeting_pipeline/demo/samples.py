"""The files that the demo drops: a spoken recording, a transcript export and a broken file.

Must not go here: creating the sample files (``demo/sample/render.py``).
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "sample"


@dataclass(frozen=True)
class Sample:
    """A file to drop. ``script`` is what was really said and agreed, if that is known."""

    name: str
    what: str
    source: Path
    options: dict[str, Any]
    script: dict[str, Any] | None = None


def samples() -> tuple[Sample, ...]:
    """Return the three samples, each of a different kind."""
    script = json.loads((SAMPLES / "meeting.json").read_text(encoding="utf-8"))
    return (
        Sample(
            "meeting.webm",
            "a spoken recording (synthetic voices)",
            SAMPLES / "meeting.webm",
            {"title": script["title"], "date": script["date"], "speakers_expected": len(script["speakers"])},
            script,
        ),
        Sample(
            "review.vtt", "a transcript export", SAMPLES / "review.vtt", {"title": "Review", "date": script["date"]}
        ),
        Sample("interview.m4a", "a broken file", SAMPLES / "broken.m4a", {"title": "Interview"}),
    )


def drop(sample: Sample, inbox: Path, webhook_url: str, webhook_secret: str) -> None:
    """Put a sample into the drop folder as a careful submitter does: the sidecar first, the recording by rename."""
    folder = inbox / Path(sample.name).stem
    folder.mkdir()
    options = {**sample.options, "webhook_url": webhook_url, "webhook_secret": webhook_secret}
    (folder / Path(sample.name).with_suffix(".json")).write_text(json.dumps(options), encoding="utf-8")
    draft = folder / f".{sample.name}"
    shutil.copyfile(sample.source, draft)
    draft.rename(folder / sample.name)
