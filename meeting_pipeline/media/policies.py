"""Policies of media files: numbers and words that people may want to argue about, with reasons.

What several rooms share is in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
"""

from typing import Final

MIN_RECORDING_MS: Final = 160
"""A shorter clip holds no word, and providers refuse it."""
MIN_SAMPLE_RATE_HZ: Final = 4_000
"""Old voice recorders go down to this, the telephone has 8,000; with less there is no speech to be understood (its band ends
at half the rate), and a header that says so is wrong."""
MAX_SAMPLE_RATE_HZ: Final = 768_000
"""The highest rate that recorders are sold with; above it the header is wrong."""
TRUNCATION_TOLERANCE: Final = 0.02
"""Decoded audio may be this share shorter than the header claims (and at least 2 s) before it counts as cut off."""
TRUNCATION_MIN_SECONDS: Final = 2.0
"""Shorter losses never count as cut off: encoders pad and round by up to a second or two."""
DAMAGED_PACKET_SHARE: Final = 0.05
"""Share of undecodable audio packets from which a file is refused as damaged. A hole of 20 kB in three minutes of M4A
is 0.5 %, and still worth transcribing; random bytes are above 50 %."""
SILENCE_PEAK: Final = 10 ** (-60 / 20)
"""A recording whose loudest sample is below -60 dB of full scale is silent: dither is below -85 dB, and the quietest
speech that can be recognised peaks above -45 dB."""
