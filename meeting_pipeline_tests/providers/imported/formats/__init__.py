"""Tests of the formats of transcript exports."""
