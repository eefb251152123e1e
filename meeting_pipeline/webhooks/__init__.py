"""Webhooks to the submitters' systems: their content, where they may be sent, and when they are retried."""
