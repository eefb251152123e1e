"""Sample files and the program that renders them. See README.md in this folder."""
