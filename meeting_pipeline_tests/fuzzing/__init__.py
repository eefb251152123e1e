"""The HTTP service under generated requests: every response matches its description, every error is a problem document."""
