"""Numbers for Prometheus, by where they come from: this process, the store, the system around it."""
