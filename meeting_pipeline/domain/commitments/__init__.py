"""Commitments over meetings: the same action item or decision in later meetings of a series, and what became of it.

``series.py`` says which meetings belong together, ``wording.py`` compares items, ``reports.py`` finds sentences about what
became of something, and ``linking.py`` combines them. No model and no I/O. Must not go here: tables (``store/commitments/``).
"""
