"""Transcription in parts, for servers that answer a request with the text: cutting, asking, joining, telling speakers apart.

Must not go here: a server's protocol (its own package), buying and recording purchases (``steps/transcription``).
"""
