"""Voices of speakers, for suggestions of people: made in the background, once for each recording and model."""
