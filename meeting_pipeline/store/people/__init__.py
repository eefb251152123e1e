"""People over meetings: the names in recordings, who they belong to, edits, lists and suggestions."""
