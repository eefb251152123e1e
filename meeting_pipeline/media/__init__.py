"""Reads audio and video files: accepted formats, checks for completeness, and samples.

Belongs here: everything that uses PyAV. Must not go here: the meaning of the audio (``providers/``), where files are stored
(``steps/intake/batch.py``). Files are untrusted: nothing here relies on a name, an extension or a header.
"""
