"""A plain Celery pipeline for meeting recordings, to compare with: one task does everything, on Redis and SQLite.

It runs in an environment of its own (``requirements.txt``), so nothing here imports the project.
"""
