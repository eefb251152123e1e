"""One file per insight: its prompt, the schema and check of its answer, how parts merge, and how its result is shown.

To add an insight, add a file here that contains an ``InsightSpec``; ``registry.py`` finds it and nothing else is needed.
An insight that needs no code can be a YAML file in the home of an installation (``user_insights.py``).
"""
