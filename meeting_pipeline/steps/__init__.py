"""What the pipeline does, step by step, in plain Python: assets, ops and sensors call these and add only Dagster.

``intake`` -> ``ordering`` -> ``looking`` -> ``transcribing`` -> ``extracting`` -> ``finishing`` -> ``delivering``;
``repairing`` brings back what a dead worker left; ``opening`` gathers store and providers.
"""
