"""One file per insight: its question, the schema and the check of its answer, how parts merge, and how its result looks.

A new insight is a new file here that holds an ``InsightSpec``, and nothing else: ``registry.py`` finds it. One that needs no
code of its own is a YAML file in the home of an installation (``user_insights.py``).
"""
