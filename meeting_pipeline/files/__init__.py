"""The files of recordings, behind one port: in a folder, or in object storage.

Must not go here: which recording has which files (``store/``), when they are written or deleted (``steps/``).
"""
