"""The report of stale results as JSON, for the command line and the HTTP API.

Must not go here: what is stale (``stale.py``).
"""

from typing import Any

from meeting_pipeline.steps.operations.stale import StaleReport


def stale_json(report: StaleReport, most: int | None = None) -> dict[str, Any]:
    """The report. ``most``: recordings listed for each version. An unknown cost is null, not zero."""
    return {
        "versions": [
            {
                "insight": version.insight,
                "fingerprint": version.fingerprint,
                "in_use": version.in_use,
                "provider": version.provider,
                "model": version.model,
                "reason": "transcript_replaced" if version.replaced else "made_otherwise",
                "since": version.since.isoformat() if version.since is not None else None,
                "recordings": len(version.keys),
                "recording_ids": list(version.keys[:most]),
                "calls": version.calls,
                "cost_usd": _usd(version.usd, version.unpriced),
                "unpriced_calls": version.unpriced,
                "estimated_by_length": version.by_length,
            }
            for version in report.versions
        ],
        "recordings": report.total.recordings,
        "results": report.total.results,
        "calls": report.total.calls,
        "cost_usd": _usd(report.total.usd, report.total.unpriced),
        "unpriced_calls": report.total.unpriced,
    }


def _usd(usd: float, unpriced: int) -> float | None:
    return None if unpriced else round(usd, 6)
