"""Keeps what people said and wrote out of Dagster's storage when ``MEETING_PIPELINE_UI_PREVIEWS`` is ``off``.

Everything that an asset, an op or the reconciler reports passes through here, and so does every error that ends a step.
Numbers are kept, and so are the few texts that never contain such words. Every other text is replaced by a link to the
page. Each materialization of a recording gets a link to its page, whatever the setting is.
Must not go here: what is reported (the assets and ops themselves).
"""

import functools
import inspect
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast

import dagster as dg

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.page_links import meeting_page
from meeting_pipeline.installation import Installation
from meeting_pipeline.settings import Settings

_log = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])
Reported = TypeVar("Reported", bound=dg.AssetMaterialization | dg.AssetCheckResult)

PAGE: Final = "page"
"""Metadata of a materialization: the link to its recording's page."""
_WITHOUT_WORDS: Final = frozenset(
    {
        # of results
        "outcome", "problem", "next_attempt", "provider", "prompt_version", "covers", "gaps", "revision_told", "file",
        "parquet", "csv", "campaign", "dagster/uri", "week", "sha256", "codec", "container", "language", PAGE,
        # of checks and failures
        "confidence", "shown_now", "waiting_for", "code", "what_happens_next",
    }
)  # fmt: skip
"""Texts that we wrote or computed: codes, names of providers and insights, paths made of keys."""
_NUMBERS: Final = (
    dg.IntMetadataValue,
    dg.FloatMetadataValue,
    dg.BoolMetadataValue,
    dg.TimestampMetadataValue,
)
_NOT_SHOWN: Final = "Not shown here."


class WordlessError(Exception):
    """Replaces an error in Dagster's records, without its message, which may quote a title, a file name or what was said."""


def page_url(settings: Settings, key: str | None = None) -> str:
    """The URL of the page of one recording, or of the list of all."""
    return meeting_page(settings.api_url, key) if key else f"{settings.api_url}/"


def redacted_metadata(
    settings: Settings, metadata: Mapping[str, Any] | None, key: str | None = None
) -> dict[str, dg.MetadataValue]:
    """The metadata as they may be stored: unchanged, or with each text replaced by a link or nothing, under the same names."""
    given = dict(metadata or {})
    if settings.ui_previews == "on":
        return given
    return {name: _redacted_value(settings, name, value, key) for name, value in given.items()}


def _redacted_value(settings: Settings, name: str, value: Any, key: str | None) -> dg.MetadataValue:
    if isinstance(value, _NUMBERS) or name in _WITHOUT_WORDS:
        return cast("dg.MetadataValue", value)
    if isinstance(value, dg.TableMetadataValue):
        return dg.MetadataValue.table([], value.schema)
    if isinstance(value, dg.MarkdownMetadataValue):
        return dg.MetadataValue.md(f"[Open the page]({page_url(settings, key)})")
    return dg.MetadataValue.text(_NOT_SHOWN)


def linked(settings: Settings, metadata: Mapping[str, Any] | None, key: str | None) -> dict[str, Any]:
    """The metadata with a link to the recording's page, if its address is known."""
    given = dict(metadata or {})
    if key is None or not (settings.api_public_url or settings.api_port):
        return given
    link = {PAGE: dg.MetadataValue.url(page_url(settings, key))}
    first = {
        name: value for name, value in given.items() if name == "outcome"
    }  # shown first, so that nobody has to look for it
    return {**first, **link, **given}


def redacted(settings: Settings, event: Reported, key: str | None = None) -> Reported:
    """An event as it may be stored. ``key``: its recording, if the event itself does not name it."""
    if isinstance(event, dg.AssetMaterialization):
        of = event.partition or key
        made = event.with_metadata(redacted_metadata(settings, linked(settings, event.metadata, of), of))
        return cast("Reported", made if settings.ui_previews == "on" else made._replace(description=None))
    if settings.ui_previews == "on":
        return event
    return cast("Reported", event._replace(metadata=redacted_metadata(settings, event.metadata, key), description=None))


def redacted_message(settings: Settings, error: PipelineError) -> str:
    """An error for a log line of a run: unchanged, or only its code."""
    return str(error) if settings.ui_previews == "on" else f"[{error.code}]"


def redacting(function: F) -> F:
    """Decorator for the function of an asset or op, directly below Dagster's own: redacts what it reports and raises.

    The function must take the resource ``installation`` under that name.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def each(*args: Any, **kwargs: Any) -> Iterator[Any]:
            settings, key = _settings_and_key(function, args, kwargs)
            with _redacted_errors(settings, key):
                for event in function(*args, **kwargs):
                    yield _redacted_event(settings, event, key)

        return cast("F", _marked(each))

    @functools.wraps(function)
    def once(*args: Any, **kwargs: Any) -> Any:
        settings, key = _settings_and_key(function, args, kwargs)
        with _redacted_errors(settings, key):
            return _redacted_event(settings, function(*args, **kwargs), key)

    return cast("F", _marked(once))


def is_redacting(function: Callable[..., Any]) -> bool:
    """Whether a function has the decorator."""
    return bool(getattr(function, "_redacts", False))


def _marked(function: Callable[..., Any]) -> Any:
    function._redacts = True  # type: ignore[attr-defined]  # our own marker
    return function


def _settings_and_key(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Settings, str | None]:
    given = inspect.signature(function).bind(*args, **kwargs).arguments
    installation: Installation = given["installation"]
    context = given.get("context")
    key = context.partition_key if context is not None and context.has_partition_key else None
    return installation.settings, key


def _redacted_event(settings: Settings, event: Any, key: str | None) -> Any:
    if isinstance(event, dg.MaterializeResult):
        checks = [redacted(settings, check, key) for check in event.check_results or ()]
        metadata = redacted_metadata(settings, linked(settings, event.metadata, key), key)
        return event._replace(metadata=metadata, check_results=checks)
    if isinstance(event, dg.AssetMaterialization | dg.AssetCheckResult):
        return redacted(settings, event, key)
    return event


@contextmanager
def _redacted_errors(settings: Settings, key: str | None) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if settings.ui_previews == "on":
            raise
        where = page_url(settings, key)
        if isinstance(error, dg.Failure):
            metadata = redacted_metadata(settings, error.metadata, key)
            code = metadata.get("code")
            words = f"{code.value if code is not None else 'failed'}: see {where}"
            raise dg.Failure(description=words, metadata=metadata, allow_retries=error.allow_retries) from None
        if isinstance(error, dg.RetryRequested):
            raise dg.RetryRequested(error.max_retries, error.seconds_to_wait) from None
        if not isinstance(error, PipelineError):  # a bug: its traceback is needed, but its message may hold anything
            _log.error("%s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
        name = error.code if isinstance(error, PipelineError) else type(error).__name__
        raise WordlessError(f"{name}: see {where}") from None
