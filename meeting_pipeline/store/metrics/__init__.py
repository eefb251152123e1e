"""Metrics of the store: gauges and counters."""
