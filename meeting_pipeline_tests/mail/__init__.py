"""E-mail of the minutes."""
