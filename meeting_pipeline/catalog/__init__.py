"""The cross-meeting tables, built with pandas from the store. See ``refreshing.py``."""
