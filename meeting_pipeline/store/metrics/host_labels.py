"""Labels of webhook hosts in metrics: a bounded number of hosts has its own, the rest share one.

Submitters choose the hosts, and each value of a label is a time series that the operator has to store. Must not go here: other
labels.
"""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meeting_pipeline.store import policies
from meeting_pipeline.store.metrics.current_queries import Numbers
from meeting_pipeline.store.metrics.totals import Totals
from meeting_pipeline.store.tables import WebhookDelivery

OTHER_HOSTS = "other"


def known_hosts(session: Session) -> frozenset[str]:
    """The hosts with their own labels: the earliest ones, so that the set does not change.

    Each step of the recursion finds the next host in the index: it reads as many entries as there are hosts.
    """
    first = select(func.min(WebhookDelivery.host).label("host")).cte("hosts", recursive=True)
    following = select(func.min(WebhookDelivery.host)).where(WebhookDelivery.host > first.c.host).scalar_subquery()
    hosts = first.union_all(select(following).where(first.c.host.is_not(None)))
    began = select(func.min(WebhookDelivery.created_at)).where(WebhookDelivery.host == hosts.c.host).scalar_subquery()
    query = select(hosts.c.host).where(hosts.c.host.is_not(None)).order_by(began).limit(policies.METRIC_HOSTS)
    return frozenset(session.scalars(query))


def by_known_hosts(hosts: Iterable[str], numbers: Numbers) -> Numbers:
    """Numbers whose first label is a host, with those of all other hosts added up."""
    known = frozenset(hosts)
    found: Numbers = {}
    for (host, *rest), number in numbers.items():
        labels = (host if host in known else OTHER_HOSTS, *rest)
        found[labels] = found.get(labels, 0.0) + number
    return found


def bounded_hosts(hosts: frozenset[str], totals: Totals) -> Totals:
    """Totals in which only these hosts have their own labels."""
    found = Totals()
    for total, number in totals.items():
        by_host = total.name in ("webhook_attempts", "webhook_seconds") and total.labels[0] not in hosts
        found[total._replace(labels=(OTHER_HOSTS, *total.labels[1:])) if by_host else total] += number
    return found
