"""Policies of recognition with Whisper: how audio is cut, and what keeps the model from inventing text, each with its source.

A speech model produces plausible text from any sound, so each guard below drops text that is probably not speech.
Must not go here: code that acts on them, settings.
"""

from typing import Final

# --- Cutting ------------------------------------------------------------------------------------------------------
WINDOW_MS: Final = 120_000
"""Sound is searched for speech in windows of at most two minutes: 8 MB of samples, however long the recording is."""
CUT_SEARCH_MS: Final = 20_000
"""A window ends at its quietest moment in this last part of it: people pause at least every few seconds."""
QUIET_MS: Final = 300
"""That moment is this long: longer than the stops inside words, as short as the pauses between phrases."""
PIECE_MS: Final = 28_000
"""Speech is given to the model in pieces of at most this length. It hears exactly 30 s at a time (Radford et al. 2022, section
2.1); speech in one such piece needs no guess where the next one begins."""
STRETCH_S: Final = 24.0
"""Speech without a pause is split at the latest short one before this length: below ``PIECE_MS`` with its padding."""
PAUSE_MS: Final = 1_000
"""A silence of this length ends a stretch of speech, and with it a segment of the transcript."""
PADDING_MS: Final = 400
"""Sound kept before and after detected speech, for soft beginnings and endings: the library's default. Less than half of
``PAUSE_MS``, so none is heard twice. Measured on six clips of real meetings: 36 % of the words wrong; with 200 ms and pauses
of 500 ms, 38 %."""

# --- Speech or not ------------------------------------------------------------------------------------------------
SPEECH_PROBABILITY: Final = 0.5
"""Sound counts as speech above this probability: the default of Silero, the detector that faster-whisper brings."""
MIN_SPEECH_MS: Final = 250
"""Shorter sounds are clicks and coughs: the default of Silero's own package."""
NO_SPEECH_PROBABILITY: Final = 0.6
"""With ``LOG_PROBABILITY``: the model itself says that a piece is not speech. OpenAI's default (Radford et al. 2022, section
4.5)."""
LOG_PROBABILITY: Final = -1.0
"""A mean log probability of its words below this means that the model guesses: it tries again, and what remains below it is
dropped. OpenAI's default."""
COMPRESSION_RATIO: Final = 2.4
"""Text that compresses better than this repeats itself: the model is in a loop. It tries again, and what still repeats is
dropped. OpenAI's default."""
TEMPERATURES: Final = (0.0, 0.2, 0.4, 0.6)
"""Randomness of the attempts, as in OpenAI's own program, without its last two: 0.8 and 1.0 produce other words at each
attempt."""
SEED: Final = 1
"""Of that randomness: the same recording gives the same transcript."""
SILENCE_IN_SPEECH_S: Final = 2.0
"""Text around a silence of this length inside a piece is heard again without it: the library's guard against invented text,
with the value of its documentation."""
BEAM: Final = 5
"""Alternatives that are followed at once: the default of OpenAI's program."""

# --- Language -----------------------------------------------------------------------------------------------------
LANGUAGE_MS: Final = 60_000
"""The language is recognised from this much speech at the beginning, not from the greeting alone, and holds for the recording."""
LANGUAGE_PIECES: Final = 2
"""In pieces of the 30 s that the model hears at a time."""

# --- The machine --------------------------------------------------------------------------------------------------
MAX_THREADS: Final = 4
"""More threads for one recording gain little: the parts of the model that run one after the other set the pace. The library's
default, too."""
CPU_SHARE: Final = 30.0
"""Limit of processor time per second of sound. The base model uses 0.3 s; large-v3 has twenty times its parameters, and each
piece may be tried four times."""
MEMORY_BYTES: Final = 12 * 1024**3
"""Limit of address space: 1.3 GB with the base model; large-v3 reads 3.1 GB and keeps a smaller copy while it loads."""

# --- Downloads ----------------------------------------------------------------------------------------------------
READ_SECONDS: Final = 60.0
"""A download fails if nothing arrives for this long; it is resumed."""
CONNECT_SECONDS: Final = 10.0
"""Connecting takes milliseconds, or fails."""
REDIRECTS: Final = 5
"""The hub redirects to its storage once or twice; more is a loop."""
TRIES: Final = 3
"""Attempts per file: a cut download continues where it ended. After the last one it stays for the next call."""
SPARE_BYTES: Final = 64 * 1024**2
"""Must stay free on the disk in addition to the model."""
