"""Reading timed cues: what WebVTT and SRT files of all programs have in common.

Each program's own marks are in ``formats/``. The parser follows the W3C standard where it keeps every word, and is more
lenient where the standard drops a cue (``meeting_pipeline_tests/providers/imported/webvtt`` lists the differences).
Must not go here: files without cues.
"""
