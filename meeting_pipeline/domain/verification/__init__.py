"""Checks by code whether the words of a meeting support a claim: quote, content, numbers, names, people, dates, polarity.

No model is called. The rules know English; for other languages they report that nothing was checked. ``items.py`` is the entry
point; ``meeting.py`` prepares a transcript once for all claims. Every check takes time that is linear in the text that it reads.
Must not go here: what a claim is (``domain/verdicts.py``), what happens to a claim that fails.
"""
