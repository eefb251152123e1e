"""Checks of what is reached over the network: the providers, the running system, its ports.

Must not go here: what a provider's own check does (``providers/``).
"""

import os
from collections.abc import Iterable, Iterator
from typing import Any, Final

from meeting_pipeline.cli.checkup.findings import Finding, fail, failed, ok, warn
from meeting_pipeline.domain.errors import OperatorError, PipelineError, TransientError
from meeting_pipeline.foundation.dagster_api import DagsterApi
from meeting_pipeline.foundation.ownership import Owner, running_owner
from meeting_pipeline.foundation.tls_trust import trusted, without_trust
from meeting_pipeline.insights.registry import user_insights
from meeting_pipeline.insights.user_insights import load_user_insights
from meeting_pipeline.mail.sending import check_server
from meeting_pipeline.providers.registry import analyst_specs, speech_specs
from meeting_pipeline.providers.selection import analyst_in_use, second_speech, speech_in_use
from meeting_pipeline.providers.spec import ProviderSpec
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.steps.delivery.mail import server_of
from meeting_pipeline.supervisor.bind_address import listen
from meeting_pipeline.supervisor.health import noted_health

_OF_OTHER_LIBRARIES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables with which other programs find certificates: people expect them to work here too."""
_HEALTH_SECONDS: Final = 5.0
"""The HTTP service reports within milliseconds that it is alive."""


def outbound_http(_settings: Settings) -> Iterator[Finding]:
    """Whether HTTPS connections can be secured: webhooks and fetched recordings need this, whichever provider is used."""
    try:
        trusted()
    except OperatorError as error:
        yield failed("outbound http", error)
        return
    unheard = [name for name in _OF_OTHER_LIBRARIES if os.environ.get(name)]
    if unheard and not os.environ.get("SSL_CERT_FILE"):
        advice = "Set SSL_CERT_FILE to the file, if providers or receivers have certificates of a private authority."
        yield warn("outbound http", f"{' and '.join(unheard)} have no effect on this program.", advice)
        return
    yield ok("outbound http", "Certificates can be loaded.")


def mail(settings: Settings) -> Iterator[Finding]:
    """Whether the mail server can be reached and takes the sign-in; nothing is sent."""
    server = server_of(settings)
    if server is None:
        return
    try:
        outcome = check_server(server, tls=trusted)
    except OperatorError as error:
        yield failed("mail", error)
        return
    if outcome.code is not None:
        advice = "Correct the settings that begin with MEETING_PIPELINE_MAIL_, or the server. Mails wait."
        yield fail("mail", f"{server.host}:{server.port}: {outcome.detail} [{outcome.code}]", advice)
        return
    yield ok("mail", f"{server.host}:{server.port} can be used. To try it: meeting-pipeline mail test ADDRESS")


def transcription(settings: Settings) -> Iterator[Finding]:
    """One cheap call to the transcription provider, and to the one that stands in for it."""
    try:
        first, second = speech_in_use(settings), second_speech(settings)
    except OperatorError as error:
        yield failed("transcription", error)
        return
    yield _provider("transcription", first, settings, _first_key(speech_specs().values()))
    if second is not None:
        yield _provider("second transcription", second, settings, None)


def own_insights(settings: Settings) -> Iterator[Finding]:
    """Whether each custom insight of this installation can be read."""
    problems = load_user_insights(settings.home)
    for problem in problems:
        yield fail(
            "own insights", str(problem), "Correct the file, then restart the system. Until then it is left out."
        )
    names = user_insights()
    if names:
        yield ok("own insights", f"In addition to the built-in ones: {', '.join(names)}.")


def insights(settings: Settings) -> Iterator[Finding]:
    """One cheap call to the language model."""
    yield _provider("insights", analyst_in_use(settings), settings, _first_key(analyst_specs().values()))


def _first_key(specs: Iterable[ProviderSpec[Any]]) -> str | None:
    return next((spec.key_variable for spec in specs if spec.key_variable is not None), None)


def _provider(name: str, spec: ProviderSpec[Any], settings: Settings, better: str | None) -> Finding:
    """The provider's own check. ``better``: the key to set if the offline engine does the work."""
    provider = spec.make(settings)
    try:
        message = provider.check()
    except TransientError as error:
        what = f"the network and {spec.address_variable}" if spec.address_variable else "the network"
        return fail(name, f"{error.message} [{error.code}]", f"Check {what}. Recordings wait.")
    except PipelineError as error:
        return failed(name, error)
    except ImportError as error:  # the offline engine's libraries exist for common platforms only
        return fail(
            name, f"The library {error.name} is missing.", "Install again (make setup), or set a provider's key."
        )
    finally:
        if hasattr(provider, "close"):
            provider.close()
    if spec.key is not None:
        return ok(name, message)
    advice = getattr(spec, "draft_advice", "") or "Drafts only."
    return warn(name, message, f"{advice} For more, set {better}." if better else advice)


def system(settings: Settings) -> Iterator[Finding]:
    """Whether the system runs and responds; if it does not run, whether its port is free."""
    owner = running_owner(settings.home)
    if owner is not None:
        yield _running(owner)
        yield from _parts(settings)
        return
    yield warn("system", "No system is running on this home.", "Start it: meeting-pipeline up")
    for host, port, setting in (
        ("127.0.0.1", settings.ui_port, "ui_port"),
        (settings.api_host, settings.api_port, "api_port"),
    ):
        if port:
            yield _port(host, port, setting)


def _port(host: str, port: int, setting: str) -> Finding:
    try:
        listen(host, port).close()
    except OperatorError as error:
        advice = f"Stop that program, or set {VARIABLES[setting]} to another port (0: any free port)."
        if error.code == "port_in_use":
            return fail("port", f"Port {port} on {host} is in use by another program.", advice)
        return failed("port", error)
    return ok("port", f"Port {port} on {host} is free.")


def _running(owner: Owner) -> Finding:
    url = owner.url
    try:
        problems = DagsterApi(url, token=owner.ui_token).problems()
    except PipelineError as error:
        return failed("system", error)
    if problems:
        return fail("system", f"It is running (UI at {url}), but {'; '.join(problems)}.", "See logs/ below the home.")
    if owner.api_url is None:
        return ok("system", f"It is running; UI at {url}.")
    if not _serves(owner.api_url):
        where = "See logs/http-service.log below the home."
        return fail(
            "system", f"It is running (UI at {url}), but the HTTP service at {owner.api_url} does not respond.", where
        )
    return ok("system", f"It is running; UI at {url}, HTTP API and page at {owner.api_url}.")


def _parts(settings: Settings) -> Iterator[Finding]:
    """What `up` itself knows about its parts."""
    health = noted_health(settings.home)
    for fault in health.faults if health is not None else ():
        advice = "See logs/ below the home. Parts that can be restarted are restarted automatically."
        yield fail("system", f"Not working: {fault}.", advice)


def _serves(url: str) -> bool:
    import httpx

    try:  # always on this machine: proxies from the environment cannot reach it
        return httpx.get(f"{url}/healthz", timeout=_HEALTH_SECONDS, trust_env=False, verify=without_trust()).is_success
    except httpx.HTTPError:
        return False
