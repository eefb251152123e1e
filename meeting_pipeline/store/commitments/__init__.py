"""Commitments over meetings: recordings still to be read, linking, edits by people, and lists."""
