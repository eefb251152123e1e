"""Results: versions of transcripts, insights and minutes, their current rows, and speaker edits."""
