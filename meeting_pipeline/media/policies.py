"""Policies of media files: limits, intervals and retries, each with its reason.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

MIN_RECORDING_MS: Final = 160
"""A shorter clip contains no word, and providers refuse it."""
MIN_SAMPLE_RATE_HZ: Final = 4_000
"""Old voice recorders use rates down to this; telephones use 8,000. Below it speech is unintelligible (the audio band ends
at half the rate), so a header that claims less is wrong."""
MAX_SAMPLE_RATE_HZ: Final = 768_000
"""The highest rate of commercial recorders; a header that claims more is wrong."""
TRUNCATION_TOLERANCE: Final = 0.02
"""Decoded audio counts as truncated if it is shorter than the header claims by more than this share (and more than 2 s)."""
TRUNCATION_MIN_SECONDS: Final = 2.0
"""Audio with a smaller loss never counts as truncated: encoders pad and round by up to a second or two."""
DAMAGED_PACKET_SHARE: Final = 0.05
"""A file is rejected as damaged above this share of undecodable audio packets. A hole of 20 kB in three minutes of M4A
is 0.5 %, and still worth transcribing; random bytes are above 50 %."""
SILENCE_PEAK: Final = 10 ** (-60 / 20)
"""A recording whose loudest sample is below -60 dB of full scale is silent: dither is below -85 dB, and the quietest
speech that can be recognised peaks above -45 dB."""
