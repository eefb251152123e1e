"""The second stage: a transcription is ordered, polled and collected, or made on this machine."""
