"""Adapters that turn audio into transcripts and transcripts into insights, behind ports: ``ports.py`` and ``llm_ports.py``."""
