"""The first stage: settled files of the drop folder are inspected, then accepted or rejected."""
