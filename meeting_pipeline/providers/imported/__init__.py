"""Transcript exports of other programs (Zoom, Teams, Meet, plain SRT and text), read as transcripts.

Belongs here: everything that knows how such a file looks. A new kind of export is a new reader that gives
``Line`` values. Must not go here: sound, and anything that guesses what was said.
"""
