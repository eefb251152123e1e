"""Meetings for assistants: a server of the Model Context Protocol (MCP) that reads, and changes nothing.

Belongs here: which tools assistants get, and their descriptions. Must not go here: searching and reading (``store/``), the
command that starts it (``cli/mcp.py``).
"""
