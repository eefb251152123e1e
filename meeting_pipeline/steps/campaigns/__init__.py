"""Campaigns: starting one, requesting its runs, pausing it, reporting what it changed, promoting what it holds."""
