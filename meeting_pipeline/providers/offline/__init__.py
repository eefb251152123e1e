"""The offline engine: drafts in English, without keys or network.

Audio to words (``segmentation``, ``words``), words to speakers (``features``, ``diarization``), both to a
transcript (``utterances``, ``speech_to_text``); transcript to insights by rules (``analyst`` and the modules it imports).
All its results are marked as drafts. Must not go here: anything that needs a network or a downloaded model.
"""
