"""``meeting-pipeline serve``: the HTTP service alone, without the system that processes recordings.

Must not go here: the service (``api/``), the whole system (``up.py``).
"""

import logging

import click


@click.command()
def serve() -> None:
    """Run only the HTTP service, until Ctrl-C or SIGTERM.

    `up` runs it too. Alone, it accepts and shows recordings; they are processed once `up` runs on the same home and
    database.
    """
    from meeting_pipeline.api.server import serve as run
    from meeting_pipeline.cli.context import require_installation
    from meeting_pipeline.foundation.private_files import make_private_at_start
    from meeting_pipeline.settings import load_settings
    from meeting_pipeline.supervisor.waiting import wait_for_database

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    settings = load_settings()
    make_private_at_start(settings.home, settings.drop_folder, settings.inbox)
    require_installation(settings)
    try:
        wait_for_database(settings)
    except KeyboardInterrupt:
        click.echo("Stopped.")
        return
    run(settings)
