"""``meeting-pipeline voices``.

Must not go here: making voices (``steps/voices/``), what is suggested by them (``people suggest``).
"""

import getpass
import json
from typing import TYPE_CHECKING, Final

import click

from meeting_pipeline.cli.shared_options import limit_option
from meeting_pipeline.domain.text import one_line, table
from meeting_pipeline.domain.units import SECONDS_PER_DAY

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation
    from meeting_pipeline.steps.voices.asking import SandboxedModel

_ALL_SECONDS: Final = 7 * SECONDS_PER_DAY
"""A person who runs the command wants everything done: this is only what the function needs as a limit."""
_SENTENCES = {
    "off": "Off: MEETING_PIPELINE_VOICES_MODEL is not set.",
    "model_unreadable": "The file of MEETING_PIPELINE_VOICES_MODEL cannot be read.",
    "no_threshold": "Voices are made, but nothing is suggested: `meeting-pipeline voices measure` finds the threshold.",
    "on": "On: people whose voices are alike by {threshold:.2f} or more are suggested.",
}
"""What `voices status` says in each state; `--json` has the states' names."""
_json = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")


@click.group("voices", short_help="Compare voices of speakers, and forget them.")
def voices() -> None:
    """Compare the voices of speakers, to suggest who is the same person. Off unless MEETING_PIPELINE_VOICES_MODEL is set.

    A voice is biometric data: ask those who are recorded first. It stays in the database of this installation.
    """


@voices.command("status", short_help="Show whether it is on, and how many voices there are.")
@_json
def status(as_json: bool) -> None:
    """Show whether voices are turned on, and how many are made."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.steps.voices.making import model_of

    with installation() as opened:
        model, threshold = model_of(opened), opened.settings.voices_threshold
        progress = opened.store.voices.progress(model.id if model is not None else "")
        if as_json:
            _print({
                "state": _state(opened, model, threshold),
                "model": model.id if model is not None else None, "threshold": threshold, "recordings": progress.done,
                "failed": progress.failed, "waiting": progress.waiting if model is not None else 0,
                "voices": progress.voices,
            })  # fmt: skip
            return
        click.echo(_SENTENCES[_state(opened, model, threshold)].format(threshold=threshold))
        if model is not None:
            click.echo(
                f"{progress.voices} voices of {progress.done} recordings; {progress.waiting} recordings are waiting, "
                f"{progress.failed} failed."
            )


@voices.command("make", short_help="Make the voices of all recordings that lack them.")
@click.option("--again", is_flag=True, help="Include recordings that failed before.")
def make(again: bool) -> None:
    """Make missing voices of all recordings now, instead of during the night."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.steps.voices.making import make_voices

    with installation() as opened:
        model = _model(opened)
        if again:
            opened.store.voices.try_again()
        done = make_voices(opened, model, seconds=_ALL_SECONDS)
        click.echo(f"{done.voices} voices of {done.recordings} recordings; {done.failed} failed.")


@voices.command("measure", short_help="Measure how well voices tell your people apart.")
@_json
def measure(as_json: bool) -> None:
    """Measure how well voices tell the named speakers of your meetings apart, and propose a threshold.

    The result depends on correct names, so merge and split people first.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.domain.people.voice_thresholds import FEWEST_DIFFERENT, FEWEST_SAME
    from meeting_pipeline.steps.voices.measuring import measure as compare

    with installation() as opened:
        found = compare(opened, _model(opened).id)
        if isinstance(found, tuple):
            same, different, best = *found, None
        else:
            same, different, best = found.same, found.different, found.best
        rows = [] if isinstance(found, tuple) else found.rows
        if as_json:
            _print({
                "pairs_of_one_person": same, "pairs_of_two_people": different,
                "equal_error_rate": None if isinstance(found, tuple) else found.equal_error,
                "thresholds": [vars(row) for row in rows], "proposed": best,
            })  # fmt: skip
            return
        click.echo(f"{same} pairs of one person in two meetings, {different} pairs of two people.")
        if not isinstance(found, tuple):
            click.echo(f"Equal error rate: {100 * found.equal_error:.1f} %.")
            heading = ("threshold", "missed of 100", "suggested of 100 pairs of two", "wrong of 100 suggestions")
            cells = [
                (f"{one.threshold:.2f}", *(f"{100 * share:.1f}" for share in (one.missed, one.false, one.wrong)))
                for one in rows
            ]
            click.echo(table(heading, cells))
        if best is not None:
            click.echo(f"Proposed: MEETING_PIPELINE_VOICES_THRESHOLD={best:.2f}")
        elif same < FEWEST_SAME or different < FEWEST_DIFFERENT:
            click.echo(
                f"Too few pairs to propose a threshold: {FEWEST_SAME} pairs of one person and {FEWEST_DIFFERENT} of "
                "two are needed."
            )
        else:
            click.echo("No threshold keeps wrong suggestions rare with this model and these recordings.")


@voices.command("speakers", short_help="List speakers without a name who sound like somebody.")
@limit_option(100)
@_json
def speakers(limit: int, as_json: bool) -> None:
    """List unnamed speakers who sound like a known person. `people suggest` lists people who sound alike."""
    from meeting_pipeline.api.schemas.person_suggestions import suggestions_json
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.steps.voices.suggesting import suggested_people

    with installation() as opened:
        found = suggestions_json(opened.settings, suggested_people(opened, limit)).speakers
        if as_json:
            _print([one.model_dump(mode="json") for one in found])
        elif found:
            rows = [
                (one_line(one.title), one.label, one_line(one.name), f"{one.similarity:.2f}", one.recording_id)
                for one in found
            ]
            click.echo(table(("meeting", "speaker", "sounds like", "alike", "id of the meeting"), rows))
        else:
            click.echo("None.")


@voices.command("forget", short_help="Delete all voices, or those of one person, now.")
@click.option(
    "--person", metavar="PERSON", help="Only those of this person: an id, or a name that only one person has."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(person: str | None, yes: bool) -> None:
    """Delete all voices now. They are made again while MEETING_PIPELINE_VOICES_MODEL is set.

    With --person, delete those of one person and never make them again, in future meetings or with another model. `voices
    allow` undoes this. An earlier backup does not contain it: repeat the command after restoring one.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.cli.people import resolve

    with installation() as opened:
        whom = opened.store.people.get(resolve(opened, person)).person.person_id if person is not None else None
        if not yes:
            click.confirm(f"Delete the voices of {person or 'all recordings'}?", abort=True)
        store = opened.store.voices
        edits = opened.store.person_edits
        gone = store.forget_all() if whom is None else edits.refuse_voice(whom, getpass.getuser())
        click.echo(f"{gone} voices are deleted.")
        if store.compact() is not None:
            click.echo(
                "The database is busy, so their space is not overwritten yet. Run the command again later.", err=True
            )
        if whom is None and opened.settings.voices_model is not None:
            click.echo("MEETING_PIPELINE_VOICES_MODEL is still set: unset it, or they are made again.", err=True)


@voices.command("allow", short_help="Allow voices of a person again.")
@click.option("--person", metavar="PERSON", required=True, help="Its id, or a name that only one person has.")
def allow(person: str) -> None:
    """Undo `voices forget --person`. The voices of the person's meetings are made again."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.cli.people import resolve

    with installation() as opened:
        undone = opened.store.person_edits.allow_voice(resolve(opened, person), getpass.getuser())
        click.echo("Voices are made again." if undone else "They were not refused.")


def _model(opened: "Installation") -> "SandboxedModel":
    from meeting_pipeline.providers.speaker_voices import model_unusable
    from meeting_pipeline.steps.voices.making import model_of

    model = model_of(opened)
    if model is not None:
        return model
    if opened.settings.voices_model is None:
        raise click.UsageError("It is off: MEETING_PIPELINE_VOICES_MODEL is not set.")
    raise model_unusable("its file cannot be read")


def _state(opened: "Installation", model: "SandboxedModel | None", threshold: float | None) -> str:
    if opened.settings.voices_model is None:
        return "off"
    if model is None:
        return "model_unreadable"
    return "no_threshold" if threshold is None else "on"


def _print(value: object) -> None:
    click.echo(json.dumps(value, indent=2))
