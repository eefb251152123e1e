"""Tests of moving the store to another kind of database."""
