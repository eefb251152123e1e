"""The HTTP service under generated requests: every answer is as described, every error is a problem document."""
