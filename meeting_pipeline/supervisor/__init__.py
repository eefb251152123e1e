"""Runs the whole system on one machine: the instance's files, the processes, and one owner per home.

The command is ``up.py`` in ``cli/``. ``supervisor.py`` starts, watches and stops the processes; ``instance.py`` writes
Dagster's configuration; ``foundation/ownership.py`` prevents a second ``up`` on the same home.
"""
