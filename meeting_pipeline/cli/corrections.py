"""``meeting-pipeline corrections export``: what people corrected, as labelled meetings for ``eval``.

Must not go here: how a record becomes a labelled meeting (``evaluation/corrections.py``).
"""

import json
from pathlib import Path

import click


@click.group("corrections", short_help="Export corrected meetings as labelled ones for `eval`.")
def corrections() -> None:
    """Use what people corrected to measure the quality of insights."""


@corrections.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """Write each meeting that people corrected to DIR, as one file in the format of `meeting-pipeline eval --set DIR`.

    The files contain transcripts. Anything that nobody changed counts as right, so use only meetings that somebody has read
    completely.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.evaluation.corrections import labelled_case
    from meeting_pipeline.foundation.atomic_files import write_durably

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = 0
    with installation() as opened:
        for record in opened.store.records.each_completed(opened.store.edit_history.corrected_keys()):
            case = labelled_case(record)
            if case is not None:
                write_durably(folder / f"{record.key}.json", json.dumps(case, ensure_ascii=False, indent=2) + "\n")
                written += 1
    click.echo(f"Written: {written} meeting{'' if written == 1 else 's'} to {folder}.")
    if written:
        click.echo(f"Measure on them: meeting-pipeline eval --set {folder}")
