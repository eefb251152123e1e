"""The software-defined assets, in the order of the data flow: recording, transcript, insights, minutes, catalog.

Each is thin: fetch a resource, call a step, return typed metadata. A new insight needs nothing here.
https://docs.dagster.io/guides/build/assets
"""
