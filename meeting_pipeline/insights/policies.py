"""Policies of insights: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

TOKEN_BYTES: Final = 3.5
"""UTF-8 bytes per token, for estimates. English has about 4; the rest is a margin for names, numbers and scripts."""
INSIGHT_OVERLAP_SEGMENTS: Final = 4
"""Segments that a part of a split transcript shares with the part before it: what a promise and its answer need."""
INSIGHT_OVERLAP_SHARE: Final = 0.25
"""The shared segments take at most this share of a part, so that splitting always gets on."""
INSIGHT_PART_TOKENS: Final = 400
"""No part of a split transcript is smaller: below this the fixed text of a call costs more than what it reads."""
INSIGHT_ITEMS: Final = 200
"""More items of one kind in one part are a model that repeats itself."""
INSIGHT_TOPICS: Final = 50
"""The prompt asks for twelve at most."""
INSIGHT_PEOPLE: Final = 30
"""People per decision: the largest diarization."""
INSIGHT_SUMMARY_CHARACTERS: Final = 4_000
"""The prompt asks for six sentences."""
INSIGHT_STATEMENT_CHARACTERS: Final = 1_000
"""One sentence: a task or a decision."""
USER_INSIGHTS: Final = 20
"""Insights of a user's own: each is a paid call, or more, for every meeting."""
INSIGHT_FILE_BYTES: Final = 65_536
"""A file that describes an insight is two screens of text, not a dump."""
INSIGHT_TITLE_CHARACTERS: Final = 200
"""A few words: a topic."""
INSIGHT_NAME_CHARACTERS: Final = 120
"""A name, a title of a meeting in a prompt, or the words of a due date."""
INSIGHT_SAME_LIKENESS: Final = 0.6
"""Items of overlapping parts on the same segment with this share of common words are one item."""
PROMPT_PARTICIPANTS: Final = 50
"""Participants named in a prompt; the list helps with spelling and must not crowd out the transcript."""
SPEAKER_NAME_CONFIDENCE: Final = 0.5
"""A name below this is a guess and not shown; its confidence is kept."""
