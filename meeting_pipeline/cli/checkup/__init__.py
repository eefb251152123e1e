"""The checks of ``doctor``, by what they look at. Add a check by writing a function and a line in ``doctor.py``."""
