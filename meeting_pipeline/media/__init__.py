"""Reading sound files: which files are taken, whether they are whole, and their samples.

Belongs here: everything that touches PyAV. Must not go here: what the sound means (``providers/``), where
files are kept (``steps/intake/batch.py``). Files come from strangers: nothing here trusts a name, an extension or
a header.
"""
