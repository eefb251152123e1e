"""Benchmarks. They are never part of the tests, because timings on shared machines vary. See README.md."""
