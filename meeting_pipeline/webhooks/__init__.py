"""Talking to the systems that wait for a recording: what is said, where it may go, when it is said again."""
