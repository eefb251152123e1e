"""The relational database: what was accepted, bought, found out and told.

See ``tables.py``, then ``store/engine/database.py``.
"""
