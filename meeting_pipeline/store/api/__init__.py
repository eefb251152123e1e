"""Data of the HTTP service: API keys and repeated requests."""
