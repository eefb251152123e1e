"""The formats of transcript exports, one module each, which declares ``FORMAT``.

To add a format, add a module here; ``detection.py`` finds it. Must not go here: times and labels of the whole transcript
(``build_transcript.py``), encodings (``text.py``).
"""
