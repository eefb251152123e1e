"""The HTTP service: submit, follow and collect recordings. It runs in addition to the Dagster UI.

A thin layer: every route gets the installation, calls ``steps/``, ``store/`` or ``domain/``, and returns the result. It
imports no Dagster; it queries the running system over the HTTP API of the Dagster UI. Must not go here: rules about
recordings.
"""
