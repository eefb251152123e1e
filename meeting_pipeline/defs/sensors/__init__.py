"""The sensors. They decide and request runs. They read the store directly, and write to it only through a step.

They are plain sensors, not run-status or asset sensors: those start one run per tick and lose events when they raise. The
store is the truth, so a lost or repeated tick is harmless.
https://docs.dagster.io/guides/automate/sensors
"""
