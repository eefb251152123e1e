"""``meeting-pipeline init``.

Must not go here: what an installation consists of (``steps/``).
"""

import click


@click.command("init", short_help="Create the home of a new installation.")
def init() -> None:
    """Create the home that the settings name: folders, keys and database. An existing home stays unchanged."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.home import missing_part
    from meeting_pipeline.settings import load_settings
    from meeting_pipeline.store.engine.secrets import signing_secret

    settings = load_settings()
    is_new = missing_part(settings) is not None
    with installation(make=True) as opened:
        signing_secret(opened.settings)  # otherwise created on first use: a backup of the new home has it
    click.echo(f"{'Created' if is_new else 'There is already an installation in'} {settings.home}")
    click.echo(f"Drop folder: {settings.inbox}")
    click.echo("Start it: meeting-pipeline up")
