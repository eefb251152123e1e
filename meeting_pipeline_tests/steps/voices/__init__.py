"""Making voices, measuring them, and what is suggested by them."""
