"""What a browser shows at an address where nothing is: a sentence and the way to the page, instead of a problem document.

Must not go here: the problem document that programs get (``problems.py``), links to shared meetings (``api/routes/shared.py``).
"""

from typing import Final

from fastapi import Request
from starlette.responses import HTMLResponse, Response

_API: Final = "/v1/"
"""Below it, programs ask: they get problem documents, whatever they accept."""
_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nothing here</title>
<link rel="stylesheet" href="{start}page/shared.css">
</head>
<body>
<main>
<h1>Nothing here</h1>
<p>There is nothing at this address. <a href="{start}">Go to the meetings</a></p>
</main>
</body>
</html>
"""


def wants_page(request: Request) -> bool:
    """Whether a person asks with a browser."""
    path = request.url.path
    return "text/html" in request.headers.get("accept", "") and not f"{path}/".startswith(_API)


def not_found_page(request: Request) -> Response:
    """The page. Its links are relative, so that they work behind a proxy that adds a prefix."""
    start = "../" * (request.url.path.count("/") - 1) or "./"
    return HTMLResponse(
        _PAGE.format(start=start), 404, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    )
