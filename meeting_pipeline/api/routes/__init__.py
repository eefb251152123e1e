"""One module per family of routes.

Each reads the request, calls a step or a query, and returns a schema; nothing is decided here.
"""
