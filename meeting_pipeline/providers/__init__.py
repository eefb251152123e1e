"""Everything that turns sound into words or words into insights, behind two ports. See ``ports.py``."""
