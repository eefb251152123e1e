"""The steps of the pipeline, in plain Python. Assets, ops, sensors and routes are thin wrappers around them.

``intake`` -> ``transcription`` -> ``extraction`` -> ``delivery``; ``operations`` holds operator commands and recovery.
``sandbox`` reads untrusted files. Must not go here: Dagster, HTTP routes, SQL.
"""
