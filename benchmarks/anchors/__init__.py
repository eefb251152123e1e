"""The pipeline and a plain Celery pipeline on the same work, with the same loopback providers; see ``benchmarks/README.md``."""
