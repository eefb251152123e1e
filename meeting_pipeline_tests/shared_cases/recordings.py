"""Recordings as devices make them: how long each is, when somebody speaks last, and which is refused."""

RIGHT_SOUNDS: dict[str, tuple[float, float]] = {
    "gap_60s.webm": (68.6, 64.0),
    "gap_20s.mp4": (28.6, 23.0),
    "sound_from_30s.mp4": (40.0, 30.0),
    "starts_at_30s.webm": (8.6, 0.0),
    "track1_silent.mkv": (3.9, 0.0),
    "track1_silent.mov": (3.8, 0.0),
    "two_people_two_tracks.mkv": (4.9, 0.0),
    "inverted.flac": (3.8, 0.0),
    "cover_in_ape_tag.mp3": (8.6, 0.0),
    "phone_call.3gp": (8.6, 0.0),
    "browser.mka": (8.6, 0.0),
}
"""Length in seconds, and where the last sentence starts at the earliest."""
NINE_CHANNELS = "ch9.wav"
REFUSED = {"unknown_codec.webm": "unknown_codec"}
"""Code of the refusal."""
