"""Scenarios: the whole system as people run it, controlled and observed only from outside."""
