"""Tests of the storages of files."""
