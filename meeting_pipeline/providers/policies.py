"""Policies of the providers: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Intake -------------------------------------------------------------------------------------------------------
MAX_TRANSCRIPT_LINES: Final = 100_000
"""Cues or paragraphs of a transcript export: ten hours with one every 0.4 s are 90,000."""
MAX_TRANSCRIPT_CHARACTERS: Final = 3_000_000
"""Text of a transcript export without its times and names: 48 hours of fast speech (180 words a minute, six characters each).
More than that is not a meeting, whatever its times say. Each insight reads all of it, and a language model charges for it."""
MAX_TRANSCRIPT_MARKUP: Final = 1_000_000
"""Rows, tags and entities of a transcript export: ten hours of captions that mark each word have 300,000 tags."""
MAX_TRANSCRIPT_SPEAKERS: Final = 1_000
"""Speaker names in a transcript export: with more, words were mistaken for names, or it is not a meeting."""
MAX_TRANSCRIPT_HOURS: Final = 48.0
"""Longest time from the first word to the last in a transcript export: nobody meets for longer."""
MAX_TRANSCRIPT_CLOCK_HOURS: Final = 596.0
"""Latest time in a transcript export. Some clocks count from another moment than the first word, such as midnight; times beyond
596 hours do not fit the database's integers."""
MAX_DOCX_XML_BYTES: Final = 64 * 1024**2
"""Unpacked text part of a Word document: its marks take ten times the space of the words. More is a bomb, not a transcript."""

# --- Transcription ------------------------------------------------------------------------------------------------
LIST_PAGE: Final = 200
"""Orders per list request: AssemblyAI's largest page."""
LIST_PAGES: Final = 10
"""Pages per status check; older orders are requested one by one, ``SINGLE_LOOKS`` at a time."""
SINGLE_LOOKS: Final = 20
"""Single status requests per tick for orders that the list did not show."""
PROVIDER_CLOCK_SECONDS: Final = 3600.0
"""A provider's clock may be this far behind ours, so an order that we search for may be listed as this much older."""
LOOK_SECONDS: Final = 40.0
"""Wall-clock limit of one status check with all its pages and single requests: a sensor tick has 60 s."""

PROMPT_CHARACTERS: Final = 800
"""Words to expect in a prompt: Whisper reads 224 tokens of it."""
PART_ANSWER_BYTES: Final = 64 * 1024**2
"""Largest answer for one part: two hours of speech with all word times are below 10 MB."""
LOCAL_CPU_SHARE: Final = 3.0
"""Limit of processor time for transcribing a second of sound on this machine: the offline engine needs less than one on one
core."""
LOCAL_MEMORY_BYTES: Final = 4 * 1024**3
"""The address space limit for it: the offline engine uses 0.2 GB, and more for longer recordings."""

# --- In-run retries -----------------------------------------------------------------------------------------------
UPLOAD_SECONDS: Final = 1800.0
"""Wall-clock limit of one upload: 2.2 GB at 1.2 MB/s."""
PROVIDER_READ_SECONDS: Final = 60.0
"""A call fails if the provider sends nothing for this long, well before ``CALL_SECONDS``."""
PROVIDER_CONNECT_SECONDS: Final = 10.0
"""Connecting takes milliseconds, or fails."""
PROVIDER_RETRY_AFTER_MAX_SECONDS: Final = 86400.0
"""A provider's Retry-After is honoured up to a day; a longer one is a mistake."""

# --- Insights -----------------------------------------------------------------------------------------------------
INSIGHT_PARTS: Final = 200
"""More calls than this for one insight mean a mistaken setting, not a long meeting (10 h are some 20 parts of 10,000 tokens)."""
CALL_TOKENS: Final = 10_000_000
"""A server that counts more tokens for one call has miscounted: no model reads this many. With this limit, the sum over all
calls for one insight fits the database's integers."""
CACHED_TOKENS: Final = 1_024
"""Shorter beginnings are not cached by OpenAI: https://developers.openai.com/api/docs/guides/prompt-caching."""
CACHE_SECONDS: Final = 300.0
"""For this long after a call, others with the same beginning need not wait for one another. OpenAI keeps a beginning for at least
five minutes after its last use, and for thirty from GPT-5.6 on."""
CACHED_BEGINNINGS: Final = 1_000
"""Beginnings that a process remembers: more recordings than it works on within ``CACHE_SECONDS``."""
SUPPORT_COST_SHARE: Final = 0.05
"""Second opinions are asked for if they are expected to cost less than this share of the recording: a guard must be cheap beside
what it guards."""
SUPPORT_MINUTES: Final = 10.0
"""Shorter recordings get no second opinion unless a setting asks for it: their costs are too small to compare estimates of them,
and a person reads their few items sooner."""
SUPPORT_OUTPUT_TOKENS: Final = 20
"""Tokens of an opinion on one claim, ``{"number":1,"supported":"yes"}`` and a margin."""
INSIGHT_OUTPUT_TOKENS: Final = 32_000
"""Longest response to one call, including reasoning: 200 items are about 20,000. It stops a runaway response."""

# --- Search by meaning ----------------------------------------------------------------------------------------------
QUERIES_KEPT: Final = 256
"""Vectors of searches that a process remembers: the same search again costs nothing. 3 MB with the largest model."""
