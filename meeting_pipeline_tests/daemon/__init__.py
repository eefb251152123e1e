"""Tests of the daemon that wakes sensors."""
