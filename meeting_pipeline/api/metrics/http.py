"""HTTP metrics of this process: requests and open streams. They start at 0 with the process.

Must not go here: metrics of recordings, which come from the store (``store.py``).
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from meeting_pipeline.api import policies

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
STREAM: Final = "text/event-stream"


class HttpMetrics:
    """Counts requests by route (its path template, never the requested path), method and status."""

    def __init__(self, registry: CollectorRegistry) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # untyped library; drops an unused series per metric
        self._requests = Counter(
            "meeting_pipeline_http_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=registry,
        )
        self._durations = Histogram(
            "meeting_pipeline_http_request_duration_seconds",
            "Time until the response ended; for event streams, until it began.",
            ("route", "method"),
            buckets=policies.HTTP_BUCKETS_SECONDS,
            registry=registry,
        )
        self._streams = Gauge("meeting_pipeline_event_streams_open", "Event streams open now.", registry=registry)

    def stream_opened(self) -> None:
        """Count an event stream that was opened."""
        self._streams.inc()

    def stream_closed(self) -> None:
        """Count an event stream that was closed."""
        self._streams.dec()

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a finished request. ``status`` 0: it was aborted before there was a response."""
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, str(status or 499)).inc()
        self._durations.labels(route, method).observe(seconds)
