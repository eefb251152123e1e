"""Moving all rows of the store into a database of the other kind.

Must not go here: where the databases are, Dagster's storage (``backup/moving.py``), files (``steps/operations/move_storage.py``).
"""
