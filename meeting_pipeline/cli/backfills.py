"""Asks the running system for an asset backfill, through the GraphQL API of its UI.

Source of the types: ``dagster_graphql/schema``, ``LaunchBackfillParams`` and ``LaunchBackfillResult``.
Must not go here: which recordings (``reprocess.py``).
"""

from collections.abc import Sequence
from typing import Any

from meeting_pipeline.domain.errors import OperatorError

LAUNCH = """
mutation LaunchBackfill($backfillParams: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $backfillParams) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PartitionKeysNotFoundError { message }
    ... on Error { message }
  }
}
"""
_SECONDS = 60.0
"""A backfill of thousands of partitions takes the UI some seconds to accept."""
_ADVICE = "Look at the files in logs/ below the home, and at the UI."


def launch_backfill(url: str, assets: Sequence[str], partitions: Sequence[str]) -> str:
    """Start a backfill of these assets for these partitions; returns its id.

    Raises: OperatorError ``ui_unreachable``, ``backfill_refused``.
    """
    params = {
        "assetSelection": [{"path": [asset]} for asset in assets],
        "partitionNames": list(partitions),
        "title": "meeting-pipeline reprocess",
    }
    result = _ask(url, {"query": LAUNCH, "variables": {"backfillParams": params}})
    if result["__typename"] != "LaunchBackfillSuccess":
        lines = str(result.get("message") or result["__typename"]).strip().splitlines()
        raise OperatorError("backfill_refused", f"Dagster refused the backfill: {lines[0]}", _ADVICE)
    return str(result["backfillId"])


def _ask(url: str, body: dict[str, Any]) -> dict[str, Any]:
    import httpx

    try:
        answer = httpx.post(f"{url}/graphql", json=body, timeout=_SECONDS, trust_env=False)
        answer.raise_for_status()
        data = answer.json().get("data")
    except (httpx.HTTPError, ValueError) as error:
        raise OperatorError("ui_unreachable", f"The UI at {url} does not answer as it should.", _ADVICE) from error
    if not data:
        raise OperatorError("backfill_refused", f"The UI at {url} did not understand the request.", _ADVICE)
    result: dict[str, Any] = data["launchPartitionBackfill"]
    return result
