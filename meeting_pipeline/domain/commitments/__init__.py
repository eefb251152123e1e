"""Commitments over meetings: the same action item or decision in later meetings of a series, and what became of it.

``series.py`` says which meetings belong together, ``wording.py`` compares items, ``reports.py`` finds sentences that
tell what became of something, ``linking.py`` puts it together. All by code, and no I/O. Must not go here: tables
(``store/commitments/``).
"""
