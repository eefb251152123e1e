"""``meeting-pipeline instance``: writes Dagster's configuration for a way of running.

Must not go here: what is in it (``supervisor/dagster_yaml.py``).
"""

import click


@click.command()
@click.option(
    "--for",
    "way",
    type=click.Choice(["local", "celery", "kubernetes"]),
    required=True,
    help="What executes runs: processes of `up`, Celery workers, or one pod per run.",
)
@click.option("--print", "shown", is_flag=True, help="Print it instead of writing it.")
def instance(way: str, shown: bool) -> None:
    """Write dagster.yaml into the folder `dagster` of the home.

    `up` and `worker` write it themselves at every start, for Celery if MEETING_PIPELINE_BROKER_URL is set. This is for
    Dagster's own services in containers. No password is written: Dagster reads addresses from the environment.
    """
    from meeting_pipeline.foundation.atomic_files import write_durably
    from meeting_pipeline.settings import load_settings
    from meeting_pipeline.supervisor.dagster_yaml import instance_text

    settings = load_settings()
    text = instance_text(settings, way)
    if shown:
        click.echo(text, nl=False)
        return
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    write_durably(settings.dagster_home / "dagster.yaml", text)
    click.echo(f"Written: {settings.dagster_home / 'dagster.yaml'}")
