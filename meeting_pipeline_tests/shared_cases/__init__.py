"""What is right for the files in ``../shared/cases/inputs``, beside the checkout, as tables that several tests use.

Belongs here: the tables. Must not go here: the files, and assertions about them.
"""

from pathlib import Path

INPUTS = Path(__file__).parents[3] / "shared" / "cases" / "inputs"
"""The folder of the files. Tests that need it are skipped if it is missing."""
