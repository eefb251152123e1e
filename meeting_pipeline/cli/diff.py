"""``meeting-pipeline diff``: how two versions of the results of a recording differ.

Must not go here: comparing (``domain/version_diff.py``), promoting what was compared (``versions.py``).
"""

import json

import click


@click.command("diff", short_help="Compare versions of a recording's results.")
@click.argument("recording_id", metavar="RECORDING_ID")
@click.option("--insight", metavar="NAME", help="Only this insight, such as summary. Default: what is held.")
@click.option("--from", "before", type=click.IntRange(min=1), help="The version to compare with; needs --insight.")
@click.option("--to", "after", type=click.IntRange(min=1), help="The version that is compared; needs --insight.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def diff(recording_id: str, insight: str | None, before: int | None, after: int | None, as_json: bool) -> None:
    """Show what a held version of RECORDING_ID would change, or what the current one changed.

    Removed words are shown as [-removed-], added ones as {+added+}.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.cli.versions import read_insight
    from meeting_pipeline.steps.extraction.compare import compare, compare_all
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    if insight is None and (before is not None or after is not None):
        raise click.UsageError("--from and --to need --insight: versions are numbered per insight.")
    with installation() as opened:
        key = resolve_key(opened.store.database, recording_id)
        wanted = read_insight(insight)
        found = [compare(opened, key, wanted, before, after)] if wanted is not None else compare_all(opened, key)
    if as_json:
        click.echo(json.dumps({"recording_id": key, "diffs": [one.fields() for one in found]}, indent=2))
        return
    shown = [one for one in found if one.diff.differs or wanted is not None]
    click.echo("\n".join(one.text() for one in shown) if shown else "Nothing differs.", nl=not shown)
