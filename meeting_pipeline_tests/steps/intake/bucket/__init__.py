"""The inbox in a bucket."""
