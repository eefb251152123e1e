"""The HTTP service: submit, watch and collect recordings, beside the Dagster UI.

A room that hands on: every route fetches the installation, calls ``steps/``, ``store/`` or ``domain/``, and returns what
they say. It imports no Dagster: the running system is asked over its own HTTP API. Must not go here: rules about
recordings.
"""
