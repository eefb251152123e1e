"""``meeting-pipeline``, the command line: one module per command, loaded when the command is called.

Belongs here: the list of commands. To add one, write its module and add a line to ``COMMANDS``. Must not go here: the work
itself.
"""

import click

from meeting_pipeline.cli.group import LazyCommand, LazyGroup
from meeting_pipeline.foundation.process_end import end_quickly
from meeting_pipeline.foundation.standard_streams import open_closed_streams

COMMANDS = {
    "init": LazyCommand("meeting_pipeline.cli.init:init", "Create the home of a new installation."),
    "up": LazyCommand("meeting_pipeline.cli.up:up", "Start the whole system on this machine."),
    "serve": LazyCommand("meeting_pipeline.cli.serve:serve", "Start the HTTP service alone."),
    "worker": LazyCommand("meeting_pipeline.cli.worker:worker", "Process recordings from a queue on any machine."),
    "instance": LazyCommand("meeting_pipeline.cli.instance:instance", "Write Dagster's configuration."),
    "demo": LazyCommand("meeting_pipeline.cli.demo:demo", "Process sample recordings with the real system."),
    "submit": LazyCommand("meeting_pipeline.cli.submit:submit", "Submit a recording or a transcript export."),
    "list": LazyCommand("meeting_pipeline.cli.list:list_recordings", "List recordings, newest first."),
    "show": LazyCommand("meeting_pipeline.cli.show:show", "Show one recording: minutes, subtitles or JSON."),
    "edit": LazyCommand("meeting_pipeline.cli.edit:edit", "Correct the details of a recording; list and undo edits."),
    "search": LazyCommand("meeting_pipeline.cli.search:search", "Search what was said in all meetings."),
    "export": LazyCommand(
        "meeting_pipeline.cli.export:export", "Write one meeting, or a table over all meetings, to a file."
    ),
    "ask": LazyCommand("meeting_pipeline.cli.ask:ask", "Ask a question about all meetings."),
    "commitments": LazyCommand(
        "meeting_pipeline.cli.commitments:commitments", "Show action items and decisions over all meetings."
    ),
    "people": LazyCommand(
        "meeting_pipeline.cli.people:people", "Show people over all meetings; merge, split and rename them."
    ),
    "voices": LazyCommand("meeting_pipeline.cli.voices:voices", "Compare voices of speakers, and forget them."),
    "reprocess": LazyCommand("meeting_pipeline.cli.reprocess:reprocess", "Reprocess recordings."),
    "campaigns": LazyCommand(
        "meeting_pipeline.cli.campaigns:campaigns",
        "List, pause and resume campaigns, and promote the versions they hold.",
    ),
    "stale": LazyCommand(
        "meeting_pipeline.cli.stale:stale", "Show stale results, and what reprocessing them would cost."
    ),
    "versions": LazyCommand(
        "meeting_pipeline.cli.versions:versions", "List, promote, discard and restore versions of results."
    ),
    "diff": LazyCommand("meeting_pipeline.cli.diff:diff", "Compare versions of a recording's results."),
    "cancel": LazyCommand("meeting_pipeline.cli.cancel:cancel", "Cancel recordings; nothing more is bought for them."),
    "delete": LazyCommand("meeting_pipeline.cli.delete:delete", "Delete finished recordings for good."),
    "deletions": LazyCommand("meeting_pipeline.cli.deletions:deletions", "Show the receipts of deleted recordings."),
    "backup": LazyCommand("meeting_pipeline.cli.backup:backup", "Write and verify a backup, or check one."),
    "restore": LazyCommand("meeting_pipeline.cli.restore:restore", "Restore a backup into an empty home."),
    "reconcile": LazyCommand("meeting_pipeline.cli.reconcile:reconcile", "Reconcile Dagster's records with the store."),
    "prune": LazyCommand("meeting_pipeline.cli.prune:prune", "Remove old runs, logs and rejected files."),
    "storage": LazyCommand(
        "meeting_pipeline.cli.storage:storage", "Move recordings between the folder and object storage."
    ),
    "database": LazyCommand(
        "meeting_pipeline.cli.database:database", "Move the database between SQLite and PostgreSQL."
    ),
    "ledger": LazyCommand("meeting_pipeline.cli.ledger:ledger", "Show what was bought, and what is missing."),
    "eval": LazyCommand(
        "meeting_pipeline.cli.evaluate:evaluate", "Measure the quality of insights on labelled meetings."
    ),
    "corrections": LazyCommand(
        "meeting_pipeline.cli.corrections:corrections", "Export corrected meetings as labelled ones for `eval`."
    ),
    "prompts": LazyCommand("meeting_pipeline.cli.prompts:prompts", "List, measure and promote versions of questions."),
    "webhooks": LazyCommand("meeting_pipeline.cli.webhooks:webhooks", "List, inspect and replay webhook deliveries."),
    "mail": LazyCommand("meeting_pipeline.cli.mail:mail", "List and retry mails with minutes; test the mail server."),
    "keys": LazyCommand("meeting_pipeline.cli.keys:keys", "Create, list and revoke API keys."),
    "share": LazyCommand("meeting_pipeline.cli.share:share", "Create, list and revoke links to one meeting."),
    "mcp": LazyCommand("meeting_pipeline.cli.mcp:mcp", "Let an assistant search and read meetings (MCP)."),
    "models": LazyCommand("meeting_pipeline.cli.models:models", "Fetch, list and remove speech models."),
    "completion": LazyCommand(
        "meeting_pipeline.cli.completion:completion", "Print the script that completes commands in a shell."
    ),
    "doctor": LazyCommand("meeting_pipeline.cli.doctor:doctor", "Check this installation and suggest fixes."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="meeting-pipeline", prog_name="meeting-pipeline")
def main() -> None:
    """Turn meeting recordings into meeting records.

    Settings are environment variables; `meeting-pipeline doctor` checks them. Exit codes: 0 done, 1 a check failed, 2 wrong
    usage or a reported problem, 3 to 5 see `submit --help`.
    """
    open_closed_streams()
    end_quickly()
