"""Listing the orders of an AssemblyAI account, page by page.

Must not go here: what a listed order means (``assemblyai_parsing.py``), connections (``assemblyai_client.py``).
"""

import time
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from secrets import SystemRandom

from meeting_pipeline.domain.errors import BadAnswer, ProviderRefused, ProviderUnavailable
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.assemblyai_client import Connection
from meeting_pipeline.providers.assemblyai_parsing import Listed, parse_list, state_of
from meeting_pipeline.providers.ports import ListedOrder, ListedOrders, Pending, Ready, Rejected, Unknown

ENDPOINT = "/v2/transcript"


def order_of_upload(link: Connection, upload_url: str, since: datetime) -> str | None:
    """The id of the newest order for this upload; ``None`` if none was placed after ``since``."""
    found = (order for page in _pages_since(link, since) for order in page.orders)
    return next((order.id for order in found if order.upload_url == upload_url), None)


def orders_since(link: Connection, since: datetime, *, until: float) -> ListedOrders:
    """All orders placed after ``since``, as many as are listed before ``until`` on the monotonic clock."""
    earliest = since - timedelta(seconds=policies.PROVIDER_CLOCK_SECONDS)
    found: list[ListedOrder] = []
    for page in _pages_since(link, since):
        found += [order for order in page.orders if order.created_at is None or order.created_at >= earliest]
        if time.monotonic() > until:
            return ListedOrders(tuple(found), complete=False)
    return ListedOrders(tuple(found), complete=True)


def states_of(link: Connection, wanted: Collection[str]) -> dict[str, Pending | Ready | Rejected | Unknown]:
    """The states of these orders. Requests a random few of those missing from the list singly, so that each gets its turn."""
    found: dict[str, Pending | Ready | Rejected | Unknown] = {}
    for page in _pages(link):
        found.update((key, state) for key, state in page.states.items() if key in wanted)
        if len(found) == len(wanted):
            return found
    missing = sorted(set(wanted) - set(found))
    for order_id in SystemRandom().sample(missing, min(len(missing), policies.SINGLE_LOOKS)):
        try:
            found[order_id] = state_of(link.get(f"{ENDPOINT}/{order_id}"))
        except ProviderRefused:
            found[order_id] = Unknown()
        except BadAnswer:
            continue
        except ProviderUnavailable:
            break
    return found


def _pages(link: Connection) -> Iterable[Listed]:
    """Yield pages of orders, newest first, at most ``policies.LIST_PAGES``."""
    params = {"limit": str(policies.LIST_PAGE)}
    for _ in range(policies.LIST_PAGES):
        page = parse_list(link.get(ENDPOINT, params))
        yield page
        if page.older is None:
            return
        params = {"limit": str(policies.LIST_PAGE), "before_id": page.older}


def _pages_since(link: Connection, since: datetime) -> Iterator[Listed]:
    """Yield all pages of orders placed after ``since``, newest first. The caller enforces the time limit."""
    earliest = since - timedelta(seconds=policies.PROVIDER_CLOCK_SECONDS)
    params = {"limit": str(policies.LIST_PAGE)}
    while True:
        page = parse_list(link.get(ENDPOINT, params))
        yield page
        times = [order.created_at for order in page.orders if order.created_at is not None]
        if page.older is None or page.older == params.get("before_id") or (times and min(times) < earliest):
            return
        params["before_id"] = page.older
