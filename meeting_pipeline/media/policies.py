"""Policies of media files: limits, intervals and retries, each with its reason.

Policies that several packages share are in ``meeting_pipeline/policies.py``. Must not go here: code that acts on them, settings.
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

GAP_SECONDS: Final = 0.2
"""A longer gap between two time stamps becomes silence. Time stamps of browsers jitter by up to 0.1 s, and a click on a quote
need not be more accurate."""
LONGEST_GAP_HOURS: Final = 4.0
"""A longer gap is not a pause but another clock (the time of day instead of the time since the start): the sound continues."""
CLOCK_RESTART_SECONDS: Final = 1.0
"""Time stamps that jump back by more than this belong to the next of several joined files: the sound continues. Smaller steps
back are jitter and drift of the recorder's clock."""
PREPARED_GAP_SECONDS: Final = 1.0
"""A prepared copy is made if the gaps of a file, or its first time stamp, exceed this. Below it players, providers and we
agree closely enough; re-encoding every recording with a lost packet would only cost time."""
MAX_TRACKS: Final = 32
"""Audio tracks of one file. Recorders for meetings and podcasts write up to 16."""
OPPOSITE_PHASE_SHARE: Final = 0.1
"""A plain mono mix that keeps less than this share of the energy (-10 dB) cancels out, so a prepared copy is made."""
SAME_SOUND_CORRELATION: Final = 0.95
"""Two channels that correlate more closely hold the same sound. Two microphones in a room are below 0.9, because sound
reaches them at different times."""
MEASURED_FRAMES: Final = 256
"""Of a track with several channels, this many frames are compared channel by channel, and then ..."""
MEASURED_STRIDE: Final = 16
"""... every frame of this number: comparing all takes as long as decoding."""
MAX_VOICES: Final = 8
"""Channels in a prepared copy with one speaker each: FLAC has at most eight."""
JOINED_BOXES: Final = 200_000
"""Boxes of an MP4 file that are looked at to find a second file behind the first. Ten hours in fragments of a second have
72,000."""
