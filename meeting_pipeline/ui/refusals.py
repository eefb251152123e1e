"""The response to a refused request: a page for people, a problem document for programs, each saying what to do.

Must not go here: when something is refused (``guard.py``).
"""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from meeting_pipeline.ui import pages


class Refusal(Exception):
    """A request that is refused. ``code`` is stable; the rest is for people."""

    def __init__(
        self, status: int, code: str, message: str, advice: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.advice = status, code, message, advice
        self.headers = headers or {}

    def response(self, headers: Headers) -> Response:
        """The response to a request with these headers."""
        if wants_page(headers):
            body = pages.refusal(HTTPStatus(self.status).phrase, self.message, self.advice)
            return pages.answer(body, self.status, self.headers)
        content = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.message,
            "advice": self.advice,
            "errors": [{"message": f"{self.message} {self.advice}".strip()}],  # where GraphQL clients look
        }
        return JSONResponse(content, self.status, self.headers, media_type="application/problem+json")


def wants_page(headers: Headers) -> bool:
    """Whether a person will see the response."""
    return "text/html" in headers.get("accept", "") and headers.get("sec-fetch-dest") in (None, "document")
