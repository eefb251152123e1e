"""The report of ``ledger`` as JSON, for programs.

Upload addresses are never written: anybody who has one can get the recording. Must not go here: reading the report, its text
(``ledger_output.py``).
"""

from dataclasses import asdict
from typing import Any

from meeting_pipeline.cli.ledger_output import LedgerReport
from meeting_pipeline.providers.ports import ListedOrder
from meeting_pipeline.steps.operations.audit import Comparison
from meeting_pipeline.store.tables import LLMCall, TranscriptionOrder, TranscriptionPart


def report_json(report: LedgerReport) -> dict[str, Any]:
    """The report as JSON."""
    audit, compared = report.audit, report.compared
    found: dict[str, Any] = {
        "recording_id": report.span.key,
        "since": report.span.since.isoformat() if report.span.since else None,
        "cost_usd": round(audit.cost_usd, 6),
        "unpriced_purchases": audit.unpriced,
        "orders_by_state": [asdict(order) for order in audit.orders],
        "answers_by_model": [asdict(answer) for answer in audit.answers],
        "deleted_recordings": asdict(audit.deleted),
        "unusable_answers": [asdict(answer) for answer in audit.unusable],
        "unanswered_calls": [_answer_fields(answer) for answer in audit.unanswered],
        "parts_perhaps_billed": [_part_fields(part) for part in audit.lost_parts],
        "orders_without_transcript": [_order_fields(u.order) | {"reason": u.reason} for u in audit.unstored],
    }
    if report.orders is not None and report.answers is not None:
        found["orders"] = [_order_fields(order) for order in report.orders]
        found["answers"] = [_answer_fields(answer) for answer in report.answers]
    if report.checked:
        found["check"] = None if compared is None else _comparison_fields(compared)
    return found


def _part_fields(part: TranscriptionPart) -> dict[str, Any]:
    return {
        "recording_id": part.recording_key,
        "start_ms": part.start_ms,
        "end_ms": part.end_ms,
        "calls": part.lost_calls,
        "error": part.error_code,
    }


def _order_fields(order: TranscriptionOrder) -> dict[str, Any]:
    return {
        "id": order.id,
        "recording_id": order.recording_key,
        "provider": order.provider,
        "provider_id": order.provider_id,
        "state": order.state,
        "error": order.error_code,
        "cost_usd": order.cost_usd,
        "price_known": not order.unpriced,
        "created_at": order.created_at.isoformat(),
        "ordered_at": order.ordered_at.isoformat() if order.ordered_at else None,
        "finished_at": order.finished_at.isoformat() if order.finished_at else None,
    }


def _answer_fields(answer: LLMCall) -> dict[str, Any]:
    return {
        "id": answer.id,
        "recording_id": answer.recording_key,
        "insight": answer.insight,
        "state": answer.state,
        "error": answer.error_code,
        "model": answer.model,
        "prompt_version": answer.prompt_version,
        "run_id": answer.run_id,
        "input_tokens": answer.input_tokens,
        "cached_tokens": answer.cached_tokens,
        "cache_write_tokens": answer.cache_write_tokens,
        "output_tokens": answer.output_tokens,
        "cost_usd": answer.cost_usd,
        "price_known": not answer.unpriced_calls,
        "asked_at": answer.created_at.isoformat(),
        "ended_at": answer.ended_at.isoformat() if answer.ended_at else None,
    }


def _listed_fields(order: ListedOrder) -> dict[str, Any]:
    created = order.created_at.isoformat() if order.created_at else None
    return {"provider_id": order.id, "status": order.status, "created_at": created}


def _comparison_fields(compared: Comparison) -> dict[str, Any]:
    return {
        "provider": compared.provider,
        "since": compared.since.isoformat(),
        "listed": compared.listed,
        "complete": compared.complete,
        "agrees": compared.agrees,
        "to_adopt": [{"recording_id": key, **_listed_fields(order)} for key, order in compared.to_adopt],
        "unlinked": [_listed_fields(order) for order in compared.unlinked],
        "unknown_to_provider": [_order_fields(order) for order in compared.unknown],
    }
