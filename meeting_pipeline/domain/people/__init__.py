"""People over meetings: one person with the names that meetings call them by.

``names.py`` reads a name, ``appearances.py`` finds the names of a meeting, ``identities.py`` says whose name it is, by what
people decided, ``likeness.py`` compares two names, and ``suggesting.py`` proposes which people may be one. No I/O, and
nothing is merged here. Must not go here: tables (``store/people/``).
"""
