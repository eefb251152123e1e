"""Scenarios: the whole system as people run it, driven and watched from outside only."""
