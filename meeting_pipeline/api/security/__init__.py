"""Who may call the service: API keys, scopes, and short-lived tokens for one recording."""
