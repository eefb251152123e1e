"""Measurements. Never part of the tests: machines are noisy. See README.md."""
