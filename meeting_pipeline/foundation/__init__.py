"""Small tools that know nothing about meetings: atomic files, logs, crash points, processes, the HTTP environment."""
