"""Several machines on one: control and workers with homes, host names and process tables of their own."""
