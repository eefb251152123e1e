"""The Dagster UI behind a guard: who may reach it, from where, and what a web page cannot make a browser do to it."""
