"""Control clients for running services, for tests and scenarios in this or another process; everything goes over HTTP.

Must not go here: assertions, and what the services do.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx

from meeting_pipeline_tests.fakes.state import ASSEMBLYAI_KEY, OPENAI_KEY

PATIENCE_SECONDS = 300.0
"""The services share their process with the tests: when ten other processes want the core, half a minute is too little."""


class Control:
    """A client for the control routes of one service."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _post(self, path: str, body: dict[str, Any]) -> None:
        self.http.post(path, json=body).raise_for_status()

    def fault(self, match: str, kind: str, *, times: int = 1, **more: Any) -> None:
        """Schedule a fault; see ``faults.py``."""
        self._post("/_fault", {"match": match, "kind": kind, "times": times, **more})

    def clear(self) -> None:
        """Reset the service to its initial state."""
        self._post("/_clear", {})

    def reset_behaviour(self) -> None:
        """Have the service behave as at first from now on, and let everything go that waits; it forgets nothing."""
        self._post("/_clear", {"behaviour": True})


class Providers(Control):
    """The loopback providers."""

    assemblyai_key = ASSEMBLYAI_KEY
    openai_key = OPENAI_KEY

    @property
    def assemblyai_url(self) -> str:
        """Value for ``ASSEMBLYAI_BASE_URL``."""
        return self.url

    @property
    def openai_url(self) -> str:
        """Value for ``OPENAI_BASE_URL``."""
        return f"{self.url}/v1"

    def speech_environment(self, **more: str) -> dict[str, str]:
        """The variables that point the pipeline at these providers, with OpenAI's for transcription."""
        return {**self.environment(), "MEETING_PIPELINE_TRANSCRIPTION": "openai", **more}

    def environment(self) -> dict[str, str]:
        """The variables that point the pipeline at these providers."""
        return {
            "ASSEMBLYAI_API_KEY": self.assemblyai_key,
            "ASSEMBLYAI_BASE_URL": self.assemblyai_url,
            "OPENAI_API_KEY": self.openai_key,
            "OPENAI_BASE_URL": self.openai_url,
        }

    def script(self, sha256: str | None = None, **script: Any) -> None:
        """Set what is spoken in the upload with this hash, or in the next upload; see ``story.py``."""
        self._post("/_script", {"sha256": sha256, **script})

    def settings(self, **settings: Any) -> None:
        """Change settings; see ``state.py``."""
        self._post("/_settings", settings)

    def finish(self) -> None:
        """Finish all orders in progress."""
        self._post("/_finish", {})

    def clear_faults(self, kind: str | None = None) -> None:
        """Clear only the faults, all of them or those of one kind."""
        self._post("/_clear", {"faults": True, "kind": kind})

    def spare_next(self, kind: str) -> None:
        """The next requests get no fault of this kind; those that wait because of one continue waiting."""
        self._post("/_clear", {"faults": True, "kind": kind, "next": True})

    def ledger(self) -> dict[str, Any]:
        """Everything requested so far."""
        found: dict[str, Any] = self.http.get("/_ledger").raise_for_status().json()
        return found


class Receiver(Control):
    """The webhook receiver."""

    def hook(self, name: str = "cms") -> str:
        """URL of a hook."""
        return f"{self.url}/hook/{name}"

    def expect(self, *, signing_secret: str | None = None, secret: str | None = None) -> None:
        """Set the secrets that deliveries are verified with."""
        self._post("/_expect", {"signing_secret": signing_secret, "secret": secret})

    def answer(self, *statuses: int, **more: Any) -> None:
        """Queue responses; see ``receiver.py``."""
        self._post("/_answer", {"statuses": list(statuses), **more})

    def received(self, name: str | None = None) -> list[dict[str, Any]]:
        """Deliveries so far, oldest first."""
        wanted = {} if name is None else {"name": name}
        found: list[dict[str, Any]] = self.http.get("/_received", params=wanted).raise_for_status().json()
        return found
