"""Readers of transcript exports from other programs (Zoom, Teams, Meet, Whisper and many more).

Belongs here: everything specific to the format of such a file. To support a new format, add a
module to ``formats/``. Must not go here: audio, and anything that guesses what was said.
"""
