"""Policies of the domain: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Transcription ------------------------------------------------------------------------------------------------
RETRY_DOUBLINGS: Final = 16
"""After this many doublings every wait has reached its maximum. Without a bound, a long failure would overflow the number."""

# --- Insights -----------------------------------------------------------------------------------------------------
EVIDENCE_NEIGHBOURS: Final = 2
"""A quote found within this many segments of the cited ones counts as a miscount, and the ids are corrected."""
EVIDENCE_SEGMENTS: Final = 12
"""If a statement cites more segments, it is narrowed to those that contain its quote."""
EVIDENCE_QUOTE_CHARACTERS: Final = 500
"""Maximum length of a stored quote; the prompt asks for 30 words."""
DUE_DATE_MAX_DAYS: Final = 731
"""A due date more than two years ahead is treated as misread; its words are kept."""

# --- Verification of claims -----------------------------------------------------------------------------------------
QUOTE_CONTENT_WORDS: Final = 4
"""A quote with this many content words proves something wherever it begins and ends."""
QUOTE_WORDS: Final = 3
"""A shorter quote counts if it begins where a clause begins and has this many words, one of them with content."""
QUOTE_GAP_SEGMENTS: Final = 2
"""Segments between the two parts of a quote with an ellipsis. Words further apart are two statements."""
VERIFIED_SENTENCE_CHARACTERS: Final = 2_000
"""Longer text without a sentence end is cut between words: two minutes of speech are not one statement."""
VERIFIED_SENTENCES: Final = 100_000_000
"""Greater than the number of sentences of any segment, so that segment and sentence together make one ordered number."""
VERIFIED_REACH_SENTENCES: Final = 60
"""Sentences on each side of a quote that belong to its context: three minutes. Only segments without end have more."""
SUPPORT_SHARE: Final = 0.6
"""Share of a claim's content words that must have been said in the evidence and next to it ..."""
SUPPORT_OWN_SHARE: Final = 0.5
"""... and in the quoted sentences themselves, unless these refer to what was said before ("I'll do that")."""
SUMMARY_SHARE: Final = 0.5
"""The same share for a sentence of a summary, which is written more freely."""
ANTECEDENT_SEGMENTS: Final = 5
"""Words that point back ("I'll do that") may mean what was said in this many segments before: a short exchange of questions."""
ANTECEDENT_SENTENCES: Final = 12
"""... and of long segments only these last sentences."""
REPLY_SEGMENTS: Final = 2
"""A question is answered within this many segments, or not at all."""
VOTE_SEGMENTS: Final = 8
"""A motion that is put to the vote carries or fails within this many segments: each member may say "aye"."""
REASSIGNED_SEGMENTS: Final = 4
"""Somebody else takes a task over within this many segments, while the talk is still about it."""
TOPICS_SHARE: Final = 0.9
"""Share of the words of a meeting that its topics cover. A list that leaves out more is not the parts of the meeting."""
TAKEN_BACK_SHARE: Final = 0.6
"""A later "we will not ..." takes a claim back if it repeats this share of the claim's content words."""
TAKEN_BACK_CANDIDATES: Final = 2_000
"""Later clauses that are compared with one claim. A meeting of ten hours has a few hundred that share a word with it."""
LANGUAGE_WORDS: Final = 2_000
"""Number of words from which the language is guessed if the source does not name it."""
LANGUAGE_CHARACTERS: Final = 10_000
"""Characters of one segment that are read for it."""
LANGUAGE_SHARE: Final = 0.04
"""English talk has 25 to 45 % of the frequent words, German and Dutch talk below 5 %."""
TITLE_SHARE: Final = 0.3
"""The same share for the title of a topic: a word or two of it name the subject, the others say what kind of talk it was."""
SOURCES_FOUND: Final = 4
"""Segments that are looked up for a sentence of a summary that cites none."""

# --- Commitments over meetings ------------------------------------------------------------------------------------
COMMITMENT_DAYS: Final = 200
"""A commitment that no meeting has mentioned for so long gets no more items: half a year covers quarterly meetings, even
a late one."""
