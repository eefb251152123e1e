"""The software-defined assets, in the order of the data flow: recording, transcript, insights, minutes, catalog.

Each is thin: fetch a resource, call a step, return typed metadata. A new insight is listed in ``insights.py``.
https://docs.dagster.io/guides/build/assets
"""
