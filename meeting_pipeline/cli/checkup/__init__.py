"""The checks of ``doctor``, by what they check. To add one, write a function and add a line to ``doctor.py``."""
