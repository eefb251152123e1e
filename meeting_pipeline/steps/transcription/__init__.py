"""The second stage: a transcription is ordered, polled and collected, or created on this machine."""
