"""Metrics for Prometheus, by source: this process, the store, the system around it."""
