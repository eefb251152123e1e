"""The first stage: files of the drop folder are settled, probed, and accepted or rejected."""
