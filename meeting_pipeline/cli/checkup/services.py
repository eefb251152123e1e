"""Checks of what answers over a network: the providers, the running system, its port.

Must not go here: what a provider's own check does (``providers/``).
"""

import socket
from collections.abc import Iterator

from meeting_pipeline.cli.checkup.findings import Finding, fail, failed, ok, warn
from meeting_pipeline.domain.errors import PipelineError, TransientError
from meeting_pipeline.providers.assemblyai import AssemblyAI
from meeting_pipeline.providers.openai import OpenAIAnalyst
from meeting_pipeline.providers.ports import Analyst, SpeechToText
from meeting_pipeline.providers.selection import analyst, speech_to_text
from meeting_pipeline.running.dagster_api import DagsterApi
from meeting_pipeline.running.ownership import running_owner
from meeting_pipeline.settings import VARIABLES, Settings


def transcription(settings: Settings) -> Iterator[Finding]:
    """One cheap call to the transcription provider."""
    yield _provider("transcription", speech_to_text(settings), settings.assemblyai_api_key is None)


def insights(settings: Settings) -> Iterator[Finding]:
    """One cheap call to the language model."""
    yield _provider("insights", analyst(settings), settings.openai_api_key is None)


def _provider(name: str, provider: SpeechToText | Analyst, offline: bool) -> Finding:
    try:
        message = provider.check()
    except TransientError as error:
        address = VARIABLES["assemblyai_base_url" if name == "transcription" else "openai_base_url"]
        return fail(name, f"{error.message} [{error.code}]", f"Check the network and {address}. Recordings wait.")
    except PipelineError as error:
        return failed(name, error)
    except ImportError as error:  # the offline engine's libraries are there on common platforms only
        return fail(
            name, f"The library {error.name} is missing.", "Install again (make setup), or set a provider's key."
        )
    finally:
        if isinstance(provider, AssemblyAI | OpenAIAnalyst):
            provider.close()
    if not offline:
        return ok(name, message)
    variable = VARIABLES["assemblyai_api_key" if name == "transcription" else "openai_api_key"]
    return warn(name, message, f"Drafts only. For more, set {variable}.")


def system(settings: Settings) -> Iterator[Finding]:
    """Whether the system runs and answers; else whether its port is free."""
    owner = running_owner(settings.home)
    if owner is not None:
        yield _running(owner.url)
        return
    yield warn("system", "It is not running on this home.", "Start it: meeting-pipeline up")
    if settings.ui_port and not _is_free(settings.ui_port):
        advice = f"Stop that program, or set {VARIABLES['ui_port']} to another port (0: any free)."
        yield fail("port", f"Port {settings.ui_port} on 127.0.0.1 is taken by another program.", advice)
    elif settings.ui_port:
        yield ok("port", f"Port {settings.ui_port} on 127.0.0.1 is free.")


def _running(url: str) -> Finding:
    try:
        troubles = DagsterApi(url).troubles()
    except PipelineError as error:
        return failed("system", error)
    if troubles:
        return fail("system", f"It runs (UI at {url}), but {'; '.join(troubles)}.", "Look at logs/ below the home.")
    return ok("system", f"It runs; UI at {url}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
