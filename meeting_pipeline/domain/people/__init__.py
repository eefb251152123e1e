"""People over meetings: one person with the names that meetings call them by.

``names.py`` parses a name, ``appearances.py`` finds the names of a meeting, ``identities.py`` says who a name belongs to
according to people's decisions, ``likeness.py`` compares two names, and ``suggesting.py`` proposes which people may be the same.
No I/O, and nothing is merged here. Must not go here: tables (``store/people/``).
"""
