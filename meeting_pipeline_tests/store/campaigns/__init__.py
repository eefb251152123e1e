"""Tests of the store of campaigns."""
