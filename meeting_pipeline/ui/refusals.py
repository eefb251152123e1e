"""What a refused request gets: a page for people, a problem document for programs, in words that say what to do.

Must not go here: when something is refused (``guard.py``).
"""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from meeting_pipeline.ui import pages


class Refusal(Exception):
    """A request that is not let through. ``code`` is stable; the rest is for people."""

    def __init__(
        self, status: int, code: str, message: str, advice: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.advice = status, code, message, advice
        self.headers = headers or {}

    def response(self, headers: Headers) -> Response:
        """The answer to a request with these headers."""
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
            "errors": [{"message": f"{self.message} {self.advice}".strip()}],  # where clients of GraphQL look
        }
        return JSONResponse(content, self.status, self.headers, media_type="application/problem+json")


def wants_page(headers: Headers) -> bool:
    """Whether a person will see the answer."""
    return "text/html" in headers.get("accept", "") and headers.get("sec-fetch-dest") in (None, "document")
