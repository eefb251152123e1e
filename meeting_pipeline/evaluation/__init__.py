"""Evaluation: how good results are, measured on meetings whose action items, decisions and names people have labelled.

Belongs here: labelled meetings, scoring, and running an analyst over a set. Must not go here: recordings, deliveries, Dagster.
"""
