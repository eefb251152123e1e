"""``meeting-pipeline completion``.

Must not go here: what is completed (click reads the commands and their options).
"""

import click

PROGRAM = "meeting-pipeline"
_VARIABLE = "_MEETING_PIPELINE_COMPLETE"
"""The variable with which the script of the shell asks the program; click forms it from the program's name."""
SHELLS = ("bash", "zsh", "fish")


@click.command("completion", short_help="Print the script that completes commands in a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    r"""Print the script that completes commands, options and their choices in SHELL.

    \b
    bash: meeting-pipeline completion bash > ~/.local/share/bash-completion/completions/meeting-pipeline
    zsh:  meeting-pipeline completion zsh > a folder of $fpath, as _meeting-pipeline
    fish: meeting-pipeline completion fish > ~/.config/fish/completions/meeting-pipeline.fish
    """
    from click.shell_completion import get_completion_class

    from meeting_pipeline.cli import main

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"{shell} is not supported.")
    click.echo(found(main, {}, PROGRAM, _VARIABLE).source())
