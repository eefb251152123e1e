"""Transcription by OpenAI and servers that speak its protocol: ``POST /v1/audio/transcriptions``.

Must not go here: the language model (``providers/openai.py``), cutting and joining (``providers/parts``).
"""
