"""Tests of commitments over meetings."""
