"""Labels of speakers: ours, for the names that a file gives.

A file may call its speakers ``Speaker B`` and ``Speaker A`` as we do. If ours were assigned in order of appearance, its Speaker
B would be our A, and a later "Speaker A" (from a language model or an editor) would mean somebody else. So a name that looks
like one of our labels gets that label, and every other name gets one that the file does not use.
Must not go here: what a label looks like (``domain/labels.py``), which words are names (``names.py``).
"""

import re
from collections.abc import Iterable
from typing import Final

from meeting_pipeline.domain.labels import speaker_label

_LABEL: Final = re.compile(r"(?P<word>speaker\s{1,3}+)?(?P<label>[a-z]{1,2})", re.IGNORECASE)


def claimed_label(name: str) -> str | None:
    """The label that a name in a file looks like: that of ``Speaker B``, ``speaker b`` and ``B`` is B. ``Al`` has none."""
    found = _LABEL.fullmatch(name)
    if found is None:
        return None
    label = found["label"]
    return label.upper() if found["word"] or label.isupper() or len(label) == 1 else None


def labels_for(names: Iterable[str | None]) -> dict[str | None, str]:
    """A label for each name, in this order. ``None`` is the speaker without a name.

    Of several names for one label (``A`` and ``Speaker A``), the first gets it.
    """
    asked = list(dict.fromkeys(names))
    claims: dict[str, str] = {}
    for name in asked:
        label = None if name is None else claimed_label(name)
        if name is not None and label is not None and label not in claims:
            claims[label] = name
    labels: dict[str | None, str] = {name: label for label, name in claims.items()}
    number = 0
    for name in asked:
        if name in labels:
            continue
        while speaker_label(number) in claims:
            number += 1
        labels[name] = speaker_label(number)
        number += 1
    return {name: labels[name] for name in asked}
