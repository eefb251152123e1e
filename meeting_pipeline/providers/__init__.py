"""Adapters that turn audio into transcripts and transcripts into insights, behind two ports. See ``ports.py``."""
