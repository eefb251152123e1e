"""Tests of the insights."""
