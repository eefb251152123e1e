"""Decides whether the provider or the recording is at fault, and probes providers during an outage.

Before a recording is blamed, the provider is probed. If the probe fails too, the provider is out. If it succeeds, but a
service fails for two recordings without a success in between, that service is out. A refused key or account is an outage
immediately. See ``docs/adr/0013-outages-of-providers.md``.
Must not go here: the rows (``store/recordings/outages.py``), what waits meanwhile (``store/recordings/outage_filter.py``).
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from meeting_pipeline.domain.errors import BadAnswer, OperatorError, PipelineError, ProviderRefused
from meeting_pipeline.domain.outage import Outage, Service, may_be_an_outage
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.http_errors import limited
from meeting_pipeline.steps.transcription import policies

_log = logging.getLogger(__name__)

_ANSWERS_ALL_THE_SAME = frozenset({"openai_model_unknown"})
"""Error codes of a probe that still show an available provider: compatible servers list no models."""

_told: Final[dict[tuple[str, str, str], datetime]] = {}
"""The day on which each home, provider and code was last reported."""


def report_failure(installation: Installation, provider: str, service: Service, error: PipelineError, key: str) -> None:
    """A call for the recording ``key`` has failed. Sets ``error.outage`` if the provider is at fault, not the recording."""
    if error.outage:
        return
    if may_be_an_outage(error):
        error.outage = _is_out(installation, provider, service, error, key)
    elif isinstance(error, ProviderRefused | BadAnswer):
        report_success(installation, provider, service)


@contextmanager
def reporting_failures(installation: Installation, provider: str, service: Service, key: str) -> Iterator[None]:
    """Pass errors of calls for the recording ``key`` to ``report_failure``, then raise them again."""
    try:
        yield
    except PipelineError as error:
        report_failure(installation, provider, service, error, key)
        raise


def report_success(installation: Installation, provider: str, service: Service) -> None:
    """A call got a response: any outage that affected it is over."""
    for outage in installation.store.outages.succeeded(provider, service):
        _log.info("%s (%s) works again, after an outage since %s", provider, outage.service.value, outage.since)


def log_daily_limit(installation: Installation, outage: Outage) -> None:
    """Log that the daily limit holds something: once a day in each process, for each provider."""
    about = (str(installation.settings.home), outage.provider, outage.code)
    if _told.get(about) != outage.since:
        _told[about] = outage.since
        _log.warning("%s %s", outage.line(), outage.advice)


def probe(installation: Installation, whole: Service) -> None:
    """Probe the providers that are wholly unavailable, if a probe is due."""
    outages = installation.store.outages
    for outage in outages.open():
        if outage.service.whole is not whole:
            continue
        if not _is_needed(installation, outage):
            outages.forget(outage.provider, whole)
        elif outage.service is whole and outages.claim_probe(outage.provider, whole):
            trouble = _probe(installation, outage.provider, whole)
            if trouble is None:
                report_success(installation, outage.provider, whole)
            else:
                _note(installation, outage.provider, whole, trouble, None)


def note_neutral(installation: Installation, provider: str, whole: Service, trouble: PipelineError) -> None:
    """A call that concerned no particular recording has failed."""
    if may_be_an_outage(trouble):
        _note(installation, provider, whole, trouble, None)


def _is_out(installation: Installation, provider: str, service: Service, error: PipelineError, key: str) -> bool:
    known = installation.store.outages.holding(provider, service)
    if known is not None and known.whole:
        return True
    trouble = _probe(installation, provider, service.whole)
    if trouble is not None:
        return _note(installation, provider, service.whole, trouble, None) is not None
    report_success(installation, provider, service.whole)
    outage = _note(installation, provider, service, error, None if isinstance(error, OperatorError) else key)
    if outage is None:
        return False
    context = installation.store.context
    return outage.operator or outage.since > context.before(policies.OUTAGE_BENEFIT_SECONDS)


def _note(
    installation: Installation, provider: str, service: Service, error: PipelineError, witness: str | None
) -> Outage | None:
    noted = installation.store.outages.failed(provider, service, error, witness)
    if noted.began and noted.outage is not None:
        _log.warning("%s %s", noted.outage.line(), noted.outage.advice)
    return noted.outage


def _probe(installation: Installation, provider: str, whole: Service) -> PipelineError | None:
    """The error of a probe; ``None`` if the provider is available."""
    try:
        limited(policies.OUTAGE_PROBE_SECONDS, _free_question(installation, provider, whole))
    except PipelineError as error:
        return error if may_be_an_outage(error) and error.code not in _ANSWERS_ALL_THE_SAME else None
    return None


def _free_question(installation: Installation, provider: str, whole: Service) -> Callable[[], object]:
    if whole is Service.TRANSCRIPTION:
        return lambda: installation.speech.named(provider).check()
    return lambda: installation.analyst.check()


def _is_needed(installation: Installation, outage: Outage) -> bool:
    """Whether this provider is still used: settings change."""
    if outage.service.whole is Service.INSIGHTS:
        return outage.provider == installation.analyst.name
    second = installation.speech.second()
    in_use = {installation.speech.choose(has_transcript=False).name, second.name if second is not None else None}
    return outage.provider in in_use or installation.store.orders_in_flight.has_unfinished(outage.provider)
