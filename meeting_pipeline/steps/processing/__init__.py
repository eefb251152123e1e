"""Processing a recording from transcript to minutes: the stages of a run, and the loop over many recordings in one run."""
