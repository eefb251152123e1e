"""Dagster's daemon with an event path: a committed change wakes the sensor that acts on it.

Dagster's own daemon evaluates sensors every 5 s. This one does the same, and also evaluates a sensor with pending work at once.
If the waker fails, only time is lost: see ``docs/adr/0031-sensors-are-woken.md``.
Must not go here: what a sensor does (``defs/sensors/``).
"""
