"""Whisper, a speech model that runs on this machine: transcripts in many languages, without keys or network, if a model is there.

``catalog`` lists the published models, ``folders`` finds those on this machine, ``verifying`` checks them, ``fetching``
downloads one on request. Audio to pieces (``windows``, ``pieces``), pieces to words (``engine``), words to a transcript
(``speech_to_text``), with the speakers of the offline engine. Needs the extra ``whisper``. Must not go here: downloading without
a request.
"""
