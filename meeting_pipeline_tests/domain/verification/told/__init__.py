"""Meetings, and what may be claimed about them: in the words of their speakers and in those of a language model."""
