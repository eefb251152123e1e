"""Compares the length of new answers with earlier ones to the same recordings, to correct a bill.

The length of answers to a new prompt, or by a new model, is unknown before there are some. A sample shows it, held or not, and
so does the finished part of a campaign. Must not go here: the bill (``bill.py``), prices (``expected_calls.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.support import VERSION as SECOND_OPINION
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.fingerprints import fingerprints_in_use
from meeting_pipeline.providers.openai_replies import Counts
from meeting_pipeline.store.ledger.last_calls import BilledCall, of_last_run

SEEN_FROM: Final = 3
"""So many recordings must have answers of both ways: the lengths of one or two are chance."""
SEEN_AT_MOST: Final = 200
"""Recordings beyond those of the plan that are looked at for each insight. More make the estimate hardly better."""
Calls = Mapping[tuple[str, str], Sequence[BilledCall]]


@dataclass(frozen=True)
class Seen:
    """Measured data of one insight. ``made``: recordings whose last answers were made in the new way.

    ``pairs``: how many of them have earlier ones to compare with; 0 if these are too few. ``given``, ``output``: tokens of the
    new answers for each token of the earlier ones.
    """

    made: frozenset[str]
    pairs: int = 0
    given: float = 1.0
    output: float = 1.0

    def counts(self, earlier: Counts) -> Counts:
        """What a call is expected to take now."""
        return Counts(
            given=round(earlier.given * self.given),
            cached=round(earlier.cached * self.given),
            written=round(earlier.written * self.given),
            made=round(earlier.made * self.output),
        )


def seen_of(installation: Installation, calls: Calls, insights: Sequence[str]) -> dict[str, Seen]:
    """What is known of these insights, from these calls, and from other recordings that were made in the new way."""
    fingerprints = fingerprints_in_use(installation.analyst)
    known = {key for key, _ in calls}
    found = {}
    for name in insights:
        if (insight := Insight.known(name)) is None:
            continue
        version = installation.analyst.prompt_version(insight)
        others = installation.store.origins.latest_with(name, fingerprints[name], SEEN_AT_MOST)
        more = installation.store.last_calls.of([key for key in others if key not in known])
        every = {key: made for (key, what), made in {**calls, **more}.items() if what == name}
        found[name] = _seen(every, version)
    return found


def _seen(calls: Mapping[str, Sequence[BilledCall]], version: str) -> Seen:
    made, before, after = set(), Counts(), Counts()
    pairs = 0
    for key, every in calls.items():
        runs = {call.run_id for call in every if call.prompt_version == version}
        last = of_last_run(every)
        if last[0].run_id not in runs:
            continue
        made.add(key)
        earlier = [call for call in every if call.run_id not in runs]
        if earlier:
            pairs += 1
            before, after = _added(before, of_last_run(earlier)), _added(after, last)
    if pairs < SEEN_FROM or not before.given or not before.made:
        return Seen(frozenset(made))
    return Seen(frozenset(made), pairs, after.given / before.given, after.made / before.made)


def _added(sums: Counts, calls: Sequence[BilledCall]) -> Counts:
    own = [call for call in calls if call.prompt_version != SECOND_OPINION]  # another prompt, and perhaps another model
    return Counts(
        given=sums.given + sum(call.input_tokens for call in own),
        made=sums.made + sum(call.output_tokens for call in own),
    )
