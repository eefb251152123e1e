"""What the HTTP service stores of its own: API keys and repeated requests."""
