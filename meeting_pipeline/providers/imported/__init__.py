"""Readers of transcript exports from other programs (Zoom, Teams, Meet, plain SRT and text).

Belongs here: everything specific to the format of such a file. To support a new format, add a
module to ``formats/``. Must not go here: audio, and anything that guesses what was said.
"""
