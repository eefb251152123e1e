"""The relational database: recordings, orders and language-model calls, results, events and deliveries.

See ``store/tables``, then ``store/engine/database.py``.
"""
