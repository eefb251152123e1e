"""One module per family of routes.

Each module reads the request, calls a step or a query, and returns a schema. No decisions are made here.
"""
