"""The sensors. They decide and request runs; they change nothing that a second look would not repair.

Plain sensors, not run-status or asset sensors: those start one run per tick and lose events when they raise. The truth
is the store, so a lost tick or a repeated one is harmless. https://docs.dagster.io/guides/automate/sensors
"""
