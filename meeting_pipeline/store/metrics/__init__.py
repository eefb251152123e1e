"""Numbers about the store: gauges and counters."""
