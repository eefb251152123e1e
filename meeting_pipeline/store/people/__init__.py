"""People over meetings: the names of recordings, whose they are, what people said of persons, lists and suggestions."""
