"""A limit of calls in a span of time, as OpenAI enforces and reports it: HTTP 429 beyond it, headers with good answers.

Settings: ``calls_per_window`` (``None``: no limit, no headers) and ``window_seconds``. A window begins with its first call.
Must not go here: headers without a limit behind them (the setting ``rate_headers``).
"""

from __future__ import annotations

import time

from starlette.responses import JSONResponse

from meeting_pipeline_tests.fakes.state import ProviderState


def take(state: ProviderState) -> dict[str, str] | None:
    """Count one call, and return the headers of its answer; ``None``: the limit is reached."""
    most = state.settings["calls_per_window"]
    if most is None:
        return {}
    if time.monotonic() >= state.window_ends:
        state.window_ends, state.window_calls = time.monotonic() + state.settings["window_seconds"], 0
    if state.window_calls >= most:
        return None
    state.window_calls += 1
    return {
        "x-ratelimit-limit-requests": str(most),
        "x-ratelimit-remaining-requests": str(most - state.window_calls),
        "x-ratelimit-reset-requests": f"{max(0, round(_left(state) * 1000))}ms",
    }


def refusal(state: ProviderState) -> JSONResponse:
    """The answer to a call beyond the limit."""
    state.ledger.refused_calls += 1
    error = {"message": "Rate limit reached.", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    return JSONResponse({"error": error}, status_code=429, headers={"retry-after": str(max(1, round(_left(state))))})


def _left(state: ProviderState) -> float:
    return state.window_ends - time.monotonic()
