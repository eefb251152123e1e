"""Links into the page: the addresses after ``#`` that ``api/page/app.js`` understands.

Must not go here: addresses of the API (``/v1/...``), which each schema builds from its own routes.
"""

from urllib.parse import quote


def meeting_page(base: str, key: str, *, segment: int | None = None, at_ms: int | None = None) -> str:
    """The page of a meeting, at a segment or a time if one is given. ``base``: the address, or only the path, of the service."""
    place = ""
    if segment is not None:
        place = f"/segments/{segment}"
    elif at_ms is not None:
        place = f"/at/{at_ms}"
    return f"{base}/#/meetings/{quote(key)}{place}"
