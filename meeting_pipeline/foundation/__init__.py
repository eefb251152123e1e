"""Small tools that know nothing of meetings: atomic files, logs, crash points, processes, the HTTP environment."""
