"""Is it the provider or the recording? Who is out is noted, asked again now and then, and everything waits as rows.

Before a recording is blamed, the provider is asked a free question. If it does not answer that either, it is out. If it
does, but what was asked of it fails for two recordings without a success between, that service is out. A key or an account
that is refused is an outage at once. See ``docs/adr/0013-outages-of-providers.md``.
Must not go here: the rows (``store/recordings/outages.py``), what waits meanwhile (``store/recordings/outage_filter.py``).
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from meeting_pipeline.domain.errors import BadAnswer, OperatorError, PipelineError, ProviderRefused
from meeting_pipeline.domain.outage import Outage, Service, may_be_an_outage
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.http_errors import limited
from meeting_pipeline.steps.transcription import policies

_log = logging.getLogger(__name__)

_ANSWERS_ALL_THE_SAME = frozenset({"openai_model_unknown"})
"""Codes of a provider that answers the free question, though not as we would like: compatible servers list no models."""


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
    """Calls for the recording ``key``: what they raise has been through ``report_failure``."""
    try:
        yield
    except PipelineError as error:
        report_failure(installation, provider, service, error, key)
        raise


def report_success(installation: Installation, provider: str, service: Service) -> None:
    """A call was answered: whatever outage there was is over."""
    for outage in installation.store.outages.succeeded(provider, service):
        _log.info("%s (%s) works again, after an outage since %s", provider, outage.service.value, outage.since)


def probe(installation: Installation, whole: Service) -> None:
    """Ask the providers that do nothing at all the free question, where it is time to."""
    outages = installation.store.outages
    for outage in outages.open():
        if outage.service.whole is not whole:
            continue
        if not _is_needed(installation, outage):
            outages.forget(outage.provider)
        elif outage.service is whole and outages.claim_probe(outage.provider, whole):
            trouble = _trouble(installation, outage.provider, whole)
            if trouble is None:
                report_success(installation, outage.provider, whole)
            else:
                _note(installation, outage.provider, whole, trouble, None)


def note_neutral(installation: Installation, provider: str, whole: Service, trouble: PipelineError) -> None:
    """A call that was about no recording has failed."""
    if may_be_an_outage(trouble):
        _note(installation, provider, whole, trouble, None)


def _is_out(installation: Installation, provider: str, service: Service, error: PipelineError, key: str) -> bool:
    known = installation.store.outages.holding(provider, service)
    if known is not None and known.whole:
        return True
    trouble = _trouble(installation, provider, service.whole)
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


def _trouble(installation: Installation, provider: str, whole: Service) -> PipelineError | None:
    """What stands in the way of the free question; ``None``: the provider answers."""
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
    """Whether anybody would still ask this provider: settings change."""
    if outage.service.whole is Service.INSIGHTS:
        return outage.provider == installation.analyst.name
    in_use = installation.speech.choose(has_transcript=False).name
    return outage.provider == in_use or installation.store.orders.wanted(outage.provider)
