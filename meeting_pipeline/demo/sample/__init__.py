"""Sample files and the program that renders the spoken one. See README.md in this folder."""
