"""``meeting-pipeline mcp``.

Must not go here: the tools (``mcp_server/``).
"""

import click


@click.command("mcp", short_help="Let an assistant search and read meetings (MCP).")
def mcp() -> None:
    """Serve the Model Context Protocol on standard input and output, for an assistant on this machine.

    It can search, list and read meetings, and list open items. It changes nothing. The assistant starts this command
    itself. Needs the extra `mcp`.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.mcp_server.server import serve

    with installation() as opened:
        serve(opened)
