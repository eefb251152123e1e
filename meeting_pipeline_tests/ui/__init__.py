"""Tests of the guard in front of the Dagster UI."""
