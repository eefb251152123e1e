"""Answering people's questions about all meetings."""
