"""The cross-meeting tables, made with pandas from the store. See ``tables.py``, ``charts.py``, ``files.py``."""
