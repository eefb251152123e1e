"""Running the whole system on one machine: the instance's files, the processes, one owner per home.

``up.py`` in ``cli/`` is the command; ``supervisor.py`` starts, watches and stops the processes; ``instance.py`` writes
Dagster's configuration; ``foundation/ownership.py`` keeps a second ``up`` off the same home.
"""
