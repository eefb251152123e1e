"""Meeting recordings in, meeting records out: a Dagster pipeline.

Start reading at ``definitions.py``. This file stays empty, so that importing the package does no work.
"""
