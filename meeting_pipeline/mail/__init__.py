"""E-mail of the minutes: the message, and one attempt to hand it to the mail server."""
