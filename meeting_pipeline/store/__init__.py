"""The relational database: what was accepted, bought, found out and told.

See ``store/tables``, then ``store/engine/database.py``.
"""
