"""Tests of the store of commitments."""
