"""E-mail of the minutes: the message, and one attempt to send it to the mail server."""
