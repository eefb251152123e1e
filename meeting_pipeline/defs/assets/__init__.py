"""The software-defined assets, in the order of the data flow: recording, transcript, insights, minutes, catalog.

Each is thin: it gets a resource, calls a step and returns typed metadata. A new insight needs no change here.
https://docs.dagster.io/guides/build/assets
"""
