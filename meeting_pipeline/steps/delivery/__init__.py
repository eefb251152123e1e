"""The last stage: the minutes are written, and webhooks are delivered."""
