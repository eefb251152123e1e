"""How ``ledger`` writes the report as text, for people.

Upload addresses are never written: anybody who has one can get the recording. Must not go here: reading the report, its JSON
(``ledger_json.py``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meeting_pipeline.domain.text import table
from meeting_pipeline.domain.units import MS_PER_MINUTE
from meeting_pipeline.providers.ports import ListedOrder
from meeting_pipeline.steps.operations.audit import Audit, Comparison, Unstored
from meeting_pipeline.store.ledger.cost_queries import Span
from meeting_pipeline.store.tables import LLMCall, TranscriptionOrder, TranscriptionPart

_SHOWN = 20
"""Maximum lines of one kind in the text output; JSON has all of them."""


@dataclass(frozen=True)
class LedgerReport:
    """What to write. ``orders`` and ``answers``: each purchase of one recording."""

    span: Span
    audit: Audit
    orders: Sequence[TranscriptionOrder] | None = None
    answers: Sequence[LLMCall] | None = None
    checked: bool = False
    compared: Comparison | None = None


def report_text(report: LedgerReport) -> str:
    """The report as text: sections separated by an empty line."""
    sections = [
        *_sums(report.audit),
        *_purchases(report),
        f"Total: {_total(report.audit)}",
        *_missing(report.audit),
    ]
    if report.checked:
        sections.append("\n".join(_comparison(report.compared)))
    return "\n\n".join(sections)


def _sums(audit: Audit) -> Iterator[str]:
    if audit.orders:
        rows = [(o.state, o.provider, str(o.orders), _cost(o.cost_usd, o.unpriced)) for o in audit.orders]
        yield table(("ORDERS", "PROVIDER", "COUNT", "COST"), rows)
    else:
        yield "No transcription was ordered."
    if audit.answers:
        yield table(
            ("ANSWERS", "MODEL", "CALLS", "UNUSABLE", "INPUT", "CACHED", "WRITTEN", "OUTPUT", "COST"),
            [
                (a.insight, a.model, str(a.calls), str(a.unusable), str(a.input_tokens), str(a.cached_tokens),
                 str(a.cache_write_tokens), str(a.output_tokens), _cost(a.cost_usd, a.unpriced))
                for a in audit.answers
            ],
        )  # fmt: skip
    else:
        yield "No language-model call was billed."
    if audit.deleted.recordings:
        gone = audit.deleted
        yield table(
            ("DELETED RECORDINGS", "TRANSCRIPTION", "ANSWERS"),
            [(str(gone.recordings), _usd(gone.speech_usd), _cost(gone.answers_usd, gone.unpriced))],
        )
    if audit.unusable:
        rows = [(u.insight, u.code, str(u.calls), _cost(u.cost_usd, u.unpriced)) for u in audit.unusable]
        yield table(("UNUSABLE", "REASON", "CALLS", "COST"), rows)


def _purchases(report: LedgerReport) -> Iterator[str]:
    if report.orders:
        rows = [(o.id[:12], o.state, f"{o.created_at:%Y-%m-%d %H:%M}", o.provider_id or "-", _cost(o.cost_usd, o.unpriced))
                for o in report.orders]  # fmt: skip
        yield table(("ORDER", "STATE", "BEGUN (UTC)", "PROVIDER'S ID", "COST"), rows)
    if report.answers:
        yield table(
            ("CALL", "STATE", "ASKED (UTC)", "INSIGHT", "RUN", "COST"),
            [
                (
                    a.id[:12],
                    _state(a),
                    f"{a.created_at:%Y-%m-%d %H:%M}",
                    a.insight,
                    a.run_id[:8],
                    _cost(a.cost_usd, a.unpriced_calls),
                )
                for a in report.answers
            ],
        )


def _missing(audit: Audit) -> Iterator[str]:
    if audit.unstored:
        yield _listed("Paid, but no transcript is stored:", [_unstored(unstored) for unstored in audit.unstored])
    if audit.unanswered:
        yield _listed(
            "Calls without a recorded answer; they may have been billed:",
            [
                f"{a.recording_key} {a.insight}, {a.created_at:%Y-%m-%d %H:%M} UTC, {_state(a)}"
                for a in audit.unanswered
            ],
        )
    if audit.lost_parts:
        lines = [_lost_part(part) for part in audit.lost_parts]
        yield _listed("Parts of recordings whose answers were lost; they may have been billed:", lines)


def _lost_part(part: TranscriptionPart) -> str:
    span = f"minutes {part.start_ms // MS_PER_MINUTE} to {-(-part.end_ms // MS_PER_MINUTE)}"
    return f"{part.recording_key} {span}, {part.lost_calls} calls, {part.error_code or part.state}"


def _unstored(unstored: Unstored) -> str:
    order = unstored.order
    reason = f", {unstored.reason}" if unstored.reason else ""
    return (
        f"{order.recording_key} {order.provider} {order.provider_id}, {_cost(order.cost_usd, order.unpriced)}{reason}"
    )


def _comparison(compared: Comparison | None) -> Iterator[str]:
    if compared is None:
        yield "No transcription provider with a key is set: there is nothing to compare with."
        return
    yield f"{compared.provider} lists {compared.listed} orders since {compared.since:%Y-%m-%d %H:%M} UTC."
    if not compared.complete:
        yield "The list was too long to read to its end: use a later --since."
    if compared.to_adopt:
        lines = [f"{key} {_at_provider(order)}" for key, order in compared.to_adopt]
        yield _listed("Ordered, but the response was lost; the system finds them automatically:", lines)
    if compared.unlinked:
        yield _listed(
            "Orders that this installation does not know (from another program with the same key, or from a lost "
            "database):",
            [_at_provider(order) for order in compared.unlinked],
        )
    if compared.unknown:
        lines = [f"{order.recording_key} {order.provider_id}, {order.state}" for order in compared.unknown]
        yield _listed("Orders that the provider does not list (is the key of another account set?):", lines)
    if compared.agrees:
        both = ", and it has every order of this installation" if compared.complete else ""
        yield f"Every billed order on this list is known here{both}."


def _listed(heading: str, lines: Sequence[str]) -> str:
    more = [f"  ... and {len(lines) - _SHOWN} more; --json has all"] if len(lines) > _SHOWN else []
    return "\n".join([heading, *(f"  {line}" for line in lines[:_SHOWN]), *more])


def _at_provider(order: ListedOrder) -> str:
    when = f"{order.created_at:%Y-%m-%d %H:%M} UTC" if order.created_at else "no time"
    return f"{order.id}, {order.status or 'no status'}, {when}"


def _state(answer: LLMCall) -> str:
    return f"{answer.state} ({answer.error_code})" if answer.error_code else answer.state


def _usd(cost: float) -> str:
    return f"${cost:.4f}"


def _cost(known: float, unpriced: int) -> str:
    """A cost, and whether a part of it is unknown: known and unknown costs are never one number."""
    if not unpriced:
        return _usd(known)
    return f"{_usd(known)} + unknown" if known else "unknown"


def _total(audit: Audit) -> str:
    if not audit.unpriced:
        return _usd(audit.cost_usd)
    return f"{_usd(audit.cost_usd)}, and {audit.unpriced} purchases of unknown price, which are not in it"
