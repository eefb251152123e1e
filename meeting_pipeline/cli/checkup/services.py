"""Checks of what answers over a network: the providers, the running system, its port.

Must not go here: what a provider's own check does (``providers/``).
"""

import socket
from collections.abc import Callable, Iterator

from meeting_pipeline.cli.checkup.findings import Finding, fail, failed, ok, warn
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.providers.selection import analyst, speech_to_text
from meeting_pipeline.running.ownership import running_owner
from meeting_pipeline.settings import VARIABLES, Settings

_ANSWER_SECONDS = 10.0
"""A busy UI on a small machine answers within a few seconds."""


def transcription(settings: Settings) -> Iterator[Finding]:
    """One cheap call to the transcription provider."""
    yield _provider("transcription", lambda: speech_to_text(settings).check(), settings.assemblyai_api_key is None)


def insights(settings: Settings) -> Iterator[Finding]:
    """One cheap call to the language model."""
    yield _provider("insights", lambda: analyst(settings).check(), settings.openai_api_key is None)


def _provider(name: str, check: Callable[[], str], offline: bool) -> Finding:
    try:
        message = check()
    except PipelineError as error:
        return failed(name, error)
    if not offline:
        return ok(name, message)
    variable = VARIABLES["assemblyai_api_key" if name == "transcription" else "openai_api_key"]
    return warn(name, message, f"Drafts only. For more, set {variable}.")


def system(settings: Settings) -> Iterator[Finding]:
    """Whether the system runs and answers; else whether its port is free."""
    owner = running_owner(settings.home)
    if owner is not None:
        yield _answers(owner.url)
        return
    yield warn("system", "It is not running on this home.", "Start it: meeting-pipeline up")
    if settings.ui_port and not _is_free(settings.ui_port):
        advice = f"Stop that program, or set {VARIABLES['ui_port']} to another port (0: any free)."
        yield fail("port", f"Port {settings.ui_port} on 127.0.0.1 is taken by another program.", advice)
    elif settings.ui_port:
        yield ok("port", f"Port {settings.ui_port} on 127.0.0.1 is free.")


def _answers(url: str) -> Finding:
    import httpx

    try:
        answer = httpx.get(f"{url}/server_info", timeout=_ANSWER_SECONDS, trust_env=False)
    except httpx.HTTPError:
        return fail(
            "system", f"It runs, but its UI at {url} does not answer.", "Look at the files in logs/; start it again."
        )
    if answer.is_success:
        return ok("system", f"It runs; UI at {url}.")
    return fail("system", f"Its UI at {url} answers with status {answer.status_code}.", "Look at the files in logs/.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
