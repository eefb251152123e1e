"""The cross-meeting tables, built with pandas from the store. See ``tables.py``, ``charts.py``, ``files.py``."""
