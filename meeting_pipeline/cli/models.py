"""``meeting-pipeline models fetch | list | remove``: speech models for transcripts on this machine.

Must not go here: downloading (``providers/whisper/fetching.py``), the models that there are (``providers/whisper/catalog.py``).
"""

import json
import shutil
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.domain.text import table
from meeting_pipeline.domain.units import BYTES_PER_MB

if TYPE_CHECKING:
    from meeting_pipeline.providers.whisper.folders import FoundModel

_SHOW_SECONDS = 1.0
"""Between two updates of the progress of a download: often enough to read it."""


@click.group("models", short_help="Fetch, list and remove speech models.")
def models() -> None:
    """Fetch, list and remove speech models, which transcribe on this machine without a key.

    Nothing is downloaded unless you run `fetch`. WHISPER_MODEL_DIR takes precedence over fetched models; of several models,
    the largest is used. Restart `up` afterwards.
    """


@models.command("fetch")
@click.argument("name")
def fetch_model(name: str) -> None:
    """Fetch the model NAME, such as `base`, from the hub of its publisher.

    Each file is compared with the hash that this version of the program knows. If a download is interrupted, run the command
    again to continue it; a model that is complete and intact is not fetched again.
    """
    from meeting_pipeline.domain.errors import OperatorError
    from meeting_pipeline.providers.whisper.catalog import MODELS, published
    from meeting_pipeline.providers.whisper.engine import INSTALL
    from meeting_pipeline.providers.whisper.fetching import fetch
    from meeting_pipeline.providers.whisper.folders import FoundModel, models_folder, note_fetched
    from meeting_pipeline.providers.whisper.verifying import verify
    from meeting_pipeline.settings import load_settings

    wanted = published(name)
    if wanted is None:
        raise click.UsageError(f"There is no model {name!r}; there are {', '.join(model.name for model in MODELS)}.")
    settings = load_settings()
    folder = models_folder(settings) / wanted.name
    try:
        intact = folder.exists() and bool(verify(FoundModel(folder, wanted)))
    except OperatorError as error:
        click.echo(f"{error.message} It is fetched again.", err=True)
        intact = False
    if not intact:
        fetch(settings.whisper_model_hub, wanted, models_folder(settings), _progress())
    note_fetched(settings)
    click.echo(f"{wanted.name} is in {folder}. Restart `meeting-pipeline up` to use it.")
    if find_spec("faster_whisper") is None:
        click.echo(f"The library that runs it is not installed: {INSTALL}", err=True)
    if settings.whisper_model_dir is not None:
        click.echo("WHISPER_MODEL_DIR is set, and takes precedence.", err=True)


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_models(as_json: bool) -> None:
    """List the models that can be fetched, and verify those on this machine.

    Exit code 1: a model on this machine is damaged.
    """
    from meeting_pipeline.providers.whisper.catalog import MODELS
    from meeting_pipeline.providers.whisper.fetching import unfinished
    from meeting_pipeline.providers.whisper.folders import FoundModel, model_in_use, models_folder
    from meeting_pipeline.settings import load_settings

    settings = load_settings()
    top, used = models_folder(settings), model_in_use(settings)
    damaged = False
    cells = []
    found = [FoundModel(top / model.name, model) for model in MODELS]
    if used is not None and used.published is None:
        found.append(used)
    for model in found:
        state = ""
        if model.folder.exists() or model == used:
            problem = _problem(model)
            damaged = damaged or problem is not None
            state = problem or ("in use" if model == used else "here")
        elif unfinished(top, model.name).exists():
            state = "not finished: fetch it again"
        size = f"{model.published.size / BYTES_PER_MB:.0f} MB" if model.published else "-"
        about = model.published.about if model.published else str(model.folder)
        cells.append((model.name, size, state, about))
    if as_json:
        click.echo(
            json.dumps([dict(zip(("model", "size", "state", "about"), row, strict=True)) for row in cells], indent=2)
        )
    else:
        click.echo(table(("MODEL", "SIZE", "STATE", "ABOUT"), cells))
    if damaged:
        raise SystemExit(ExitCode.CHECK_FAILED)


@models.command("remove")
@click.argument("name")
def remove_model(name: str) -> None:
    """Remove the fetched model NAME, or its unfinished download. Its results stay."""
    from meeting_pipeline.providers.whisper.catalog import published
    from meeting_pipeline.providers.whisper.fetching import unfinished
    from meeting_pipeline.providers.whisper.folders import models_folder, note_removed
    from meeting_pipeline.settings import load_settings

    settings = load_settings()
    model, top = published(name), models_folder(settings)
    found = [folder for folder in (top / name, unfinished(top, name)) if model is not None and folder.exists()]
    if not note_removed(settings, name) and not found:
        raise click.UsageError(f"No model {name!r} was fetched; see `meeting-pipeline models list`.")
    for folder in found:
        shutil.rmtree(folder)
    click.echo(f"{name} is removed.")


def _problem(model: "FoundModel") -> str | None:
    from meeting_pipeline.domain.errors import OperatorError
    from meeting_pipeline.providers.whisper.verifying import verify

    try:
        verify(model)
    except OperatorError as error:
        return f"{error.code}: {error.message}"
    return None


def _progress() -> Callable[[int, int], None]:
    """Show progress about once a second: on one line of a terminal, in lines of ten per cent in a file."""
    shown = [float("-inf"), -1]

    def show(done: int, total: int) -> None:
        share = 100 * done // total
        if sys.stderr.isatty():
            if time.monotonic() - shown[0] >= _SHOW_SECONDS or done == total:
                shown[0] = time.monotonic()
                click.echo(
                    f"\r{done / BYTES_PER_MB:.0f} of {total / BYTES_PER_MB:.0f} MB ({share} %)",
                    nl=done == total,
                    err=True,
                )
        elif share // 10 > shown[1]:
            shown[1] = share // 10
            click.echo(f"{done / BYTES_PER_MB:.0f} of {total / BYTES_PER_MB:.0f} MB ({share} %)", err=True)

    return show
