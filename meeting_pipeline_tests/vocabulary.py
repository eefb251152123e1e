"""Words that the project does not use, each with its replacement.

Belongs here: names that the field's term replaced, so that they do not come back. Must not go here: the search
(``test_vocabulary.py``).
"""

from typing import Final

MODULES: Final = {
    "handover": "recovery", "telling": "webhook_events", "tallies": "counters", "accounts": "cost_queries",
    "overviews": "queries", "lookups": "queries", "trouble": "driver_errors",
    "patience": "transaction_retry, skip_on_db_error", "marks": "commit_markers", "contact": "db_liveness",
    "claims": "lease_release", "targets": "webhook_urls", "feed": "event_log",
    "judging": "probe", "judging_alone": "probe_subprocess",
    "admitting": "accept", "set_aside": "quarantine", "room": "disk_space", "looking": "poll", "paying": "run_ledger",
    "repairing": "recover", "accounting": "audit", "durable": "atomic_files", "books": "ledger_output",
    "moments": "timestamps", "following": "wait", "handing_in": "drop", "listing": "list", "desk": "admission",
    "envelope": "middleware", "wiring": "dependencies", "traffic": "metrics.http", "followers": "stream_cursors",
    "connections": "uvicorn_protocol", "description": "openapi", "echo": "redaction", "relay": "log_writer",
    "exposure": "bind_address", "standing": "status_notes", "speaker_marks": "speaker_placeholders",
    "assembly": "build_transcript",
}  # fmt: skip
"""Modules of the package, without the file extension."""

IDENTIFIERS: Final = {
    "bury": "release_lease", "lose": "revoke_silent_lease", "fence": "fence_lease, mark_fenced", "let_go": "release_claims",
    "hand_back": "requeue", "handed_back": "requeued", "put_off": "defer", "need_no_order": "skip_order",
    "say_what_it_waits_for": "set_waiting_reason", "untold_to_catalog": "TableChanges.due", "ripe": "is_due",
    "take_probe": "claim_probe", "goodbye": "closing_frame", "hello": "opening_frame", "blame": "report_failure",
    "blaming": "reporting_failures", "asked_for": "requested_by_user", "runs_in_hand": "runs_pending_submission",
    "never_made": "NOT_CREATED", "desk": "UploadAdmission", "clerks": "workers", "place_of": "position_of",
    "envelope": "RequestMiddleware", "traffic": "HttpMetrics", "telling": "WebhookEvents", "tell_latest": "publish_latest",
    "handover": "Recovery", "accounts": "CostQueries", "books": "LedgerReport", "handedin": "DroppedFile",
    "hand_in": "drop_file", "standings": "recording_summaries", "patient": "retrying", "patience": "RetryBudget",
    "disk_trouble": "disk_error_of", "machine_trouble": "infrastructure_error_of", "without_echo": "without_echoed_content",
    "analysis_pool": "LLM_POOL", "paidanswer": "LLMCall", "paidquestion": "LLMRequest", "paidreply": "LLMResponse",
    "job_id": "recording_id", "set_aside": "move_to_rejected", "next_try": "next_attempt",
}  # fmt: skip
"""Functions, classes, arguments, attributes and variables, in lower case and without leading underscores."""

WORDS_OF_VALUES: Final = {
    "machine_trouble": "infrastructure_error", "request_over": "run_superseded", "ending": "shutting_down",
    "stopping": "shutting_down", "not_handed_in": "drop_failed", "standing": "state", "text_analysis": "llm",
    "analysis": "llm", "log-relay": "log-writer", "language_model_calls": "llm_calls", "store_up": "database_up",
    "next_try": "next_attempt",
}  # fmt: skip
"""Error codes, metric labels and names, pools, kinds and services: compared with whole strings."""

ALERTS: Final = {
    "StoreAway": "DatabaseDown", "DagsterAway": "DagsterDown", "ProviderNeedsYou": "ProviderActionRequired",
    "GapsLeft": "InsightsMissing", "AnswersWasted": "UnusableLLMAnswers", "SensorLate": "SensorStalled",
}  # fmt: skip

RECORDING_ID: Final = ("id", "key", "recording", "recording_key", "job_id", "meeting")
"""Names for a recording id that users never see. ``job_id`` is the submitter's alias, in webhooks only."""
