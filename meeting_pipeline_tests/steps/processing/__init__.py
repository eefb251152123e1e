"""Tests of ``steps/processing``."""
