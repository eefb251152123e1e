"""The offline engine: drafts in English without any key or network.

Sound to words (``segmentation``, ``words``), words to speakers (``features``, ``diarization``), both to a
transcript (``utterances``, ``speech_to_text``); transcript to insights by rules (``analyst`` and the modules
it names). Everything it makes is stamped as a draft. Must not go here: anything that needs a network or a
downloaded model.
"""
