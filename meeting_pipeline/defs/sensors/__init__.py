"""The sensors. They decide and request runs; they read the store directly, and write to it only through a step.

Plain sensors, not run-status or asset sensors: those start one run per tick and lose events when they raise. The truth
is the store, so a lost tick or a repeated one is harmless. https://docs.dagster.io/guides/automate/sensors
"""
