"""Commitments over meetings: which recordings are to be read, linking, what people say, and lists."""
