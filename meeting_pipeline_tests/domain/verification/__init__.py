"""Tests of the checks of claims."""
