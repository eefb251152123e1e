"""What the pipeline does, step by step, in plain Python. Assets, ops, sensors and routes call these and add only their own side.

``intake`` -> ``transcription`` -> ``extraction`` -> ``delivery``; ``operations`` is what operators do, and recovery. ``sandbox``
reads untrusted files. Must not go here: Dagster, HTTP routes, SQL.
"""
