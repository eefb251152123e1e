"""Commitments over meetings: the same action item or decision in later meetings of a series, and what became of it.

``series.py`` says which meetings belong together, ``wording.py`` compares items, ``reports.py`` finds sentences about what
became of something, and ``linking.py`` combines them (with ``report_matching.py`` and ``next_events.py``). No model and no I/O. Must not go here: tables (``store/commitments/``).
"""
