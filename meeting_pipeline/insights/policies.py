"""Policies of insights: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

TOKEN_BYTES: Final = 3.5
"""UTF-8 bytes per token, for estimates. English has about 4; the difference is a margin for names, numbers and scripts."""
INSIGHT_OVERLAP_SEGMENTS: Final = 4
"""Segments that a part of a split transcript shares with the part before it: enough for a promise and its answer."""
INSIGHT_OVERLAP_SHARE: Final = 0.25
"""The shared segments use at most this share of a part, so that splitting always makes progress."""
INSIGHT_PART_TOKENS: Final = 400
"""Minimum token budget of a part: below it, the fixed text of a call costs more than the transcript it reads."""
INSIGHT_ITEMS: Final = 200
"""If one part gives more items of one kind, the model is repeating itself."""
INSIGHT_TOPICS: Final = 50
"""The prompt asks for twelve at most."""
INSIGHT_PEOPLE: Final = 30
"""Maximum number of people per decision: as many as the largest diarization has."""
INSIGHT_SUMMARY_CHARACTERS: Final = 4_000
"""The prompt asks for six sentences."""
INSIGHT_STATEMENT_CHARACTERS: Final = 1_000
"""One sentence: a task or a decision."""
INSIGHT_CALLS: Final = 2
"""Paid calls about one part of a transcript for one insight: the question, and one correction that says what was wrong. A model
that fails twice at the same words fails again, and each answer is billed."""
CORRECTED_ENTRIES: Final = 20
"""Entries that a correction asks for: of an answer with more mistakes, the rest is not worth the tokens."""
SUPPORT_BATCH: Final = 20
"""Claims that one call for a second opinion judges: each has its own lines, and more of them get confused."""
SUPPORT_ITEMS: Final = 60
"""Claims of one insight that are judged: three calls. Real meetings have fewer."""
SUPPORT_NEIGHBOURS: Final = 2
"""Lines on each side of the evidence that are shown: as many as the checks by code look at (``EVIDENCE_NEIGHBOURS``)."""
SUPPORT_CHARACTERS: Final = 8_000
"""Longest lines that are shown with a claim: ten minutes of talk."""
USER_INSIGHTS: Final = 20
"""Maximum number of user-defined insights: each costs at least one paid call per meeting."""
INSIGHT_FILE_BYTES: Final = 65_536
"""Maximum size of a file that describes an insight. A real one is about two screens of text."""
INSIGHT_TITLE_CHARACTERS: Final = 200
"""A few words: a topic."""
INSIGHT_NAME_CHARACTERS: Final = 120
"""A name, a title of a meeting in a prompt, or the words of a due date."""
INSIGHT_SAME_LIKENESS: Final = 0.6
"""Items of overlapping parts that cite the same segment and share at least this share of words are one item."""
PROMPT_PARTICIPANTS: Final = 50
"""Maximum number of participants in a prompt. The list helps with spelling and must not crowd out the transcript."""
PROMPT_KEYTERMS: Final = 100
"""Maximum number of names and terms in a prompt: they are about 300 tokens, the length of two minutes of talk."""
SPEAKER_NAME_CONFIDENCE: Final = 0.5
"""A name with a lower confidence is a guess and is not shown; its confidence is kept."""
