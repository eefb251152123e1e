"""The Dagster UI behind a guard: who may reach it, from where, and what no web page can make a browser do to it."""
