"""The benefit of a speech model, in one line with the command, for people who have neither a key nor a model.

Must not go here: advice about errors, which is with them.
"""

from typing import Final

SPEECH_MODEL_ADVICE: Final = (
    "A speech model makes about half as many errors, and needs no key: "
    "pip install 'meeting-pipeline[whisper]' && meeting-pipeline models fetch base (148 MB)."
)
"""Measured by ``benchmarks/offline_sound.py`` on real meetings."""
