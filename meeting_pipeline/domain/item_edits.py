"""Items and decisions that people edited or added: the values, and how an edit finds its item in a later version.

The rule is applied by code only, in this order; a pair counts only if neither side has another partner at that step:

1. The claim has the same id: it says the same and rests on the same segments.
2. Both rest on a common segment, and say the same content words in the same order.
3. Both rest on a common segment, and all content words of one (at least two) are in the other, in the same order.

Steps 2 and 3 also require the same numbers, the same reversing words, and the same owner, unless one has no owner or the new
owner is the one that the person named. An edit without a partner is a conflict: it is shown and kept, and applies to nothing.
See ``docs/adr/0049-edits-of-records.md``. Must not go here: what an edit does to a claim (``edited_claims.py``), storing it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.result_kinds import Insight

EDITABLE: Final = (Insight.ACTION_ITEMS, Insight.DECISIONS)
"""Insights whose items people can edit and add."""
CONTENT_FIELDS: Final = frozenset({"text", "owner", "due_date", "decided_by"})
"""Fields with content: a person who writes one vouches for the item. A status alone does not count."""
_LEAST_SHARED: Final = 2
"""Content words that must be shared: one word, such as a name, is in many items of a segment."""
_REVERSING: Final = frozenset(
    words_of(
        "not no never none nobody nothing neither nor without against instead stop cancel avoid refuse reject cannot cant dont "
        "doesnt didnt wont isnt arent wasnt shouldnt wouldnt couldnt mustnt nicht kein keine keinen nie ohne gegen statt ne pas "
        "jamais sans sin nunca não nao non mai senza niet geen nooit ikke inte ei не нет без לא בלי"
    )
)
"""Words that turn what is said into its opposite."""
_FILLERS: Final = frozenset(
    words_of(
        "a an the to of for and or in on at by with from that this it its is are be will shall would should has have had do does "
        "did we i you he she they our my your their his her der die das den dem ein eine zu und oder in an mit von für wird "
        "werden le la les un une de des du et ou à en pour"
    )
)
"""Words that items share without being about the same thing."""


class EditField(StrEnum):
    """What can be edited of an item. An action item has no ``decided_by``, a decision no owner and no due date."""

    TEXT = "text"
    OWNER = "owner"
    DUE_DATE = "due_date"
    DECIDED_BY = "decided_by"
    STATUS = "status"


FIELDS: Final[Mapping[Insight, frozenset[EditField]]] = {
    Insight.ACTION_ITEMS: frozenset({EditField.TEXT, EditField.OWNER, EditField.DUE_DATE, EditField.STATUS}),
    Insight.DECISIONS: frozenset({EditField.TEXT, EditField.DECIDED_BY, EditField.STATUS}),
}


@dataclass(frozen=True)
class Anchor:
    """An item as it was found when a person edited it: what finds it again. ``text`` has marks for speakers."""

    claim_id: str
    text: str
    segment_ids: tuple[int, ...] = ()
    owner: str | None = None


@dataclass(frozen=True)
class ItemEdit:
    """What people said about one item. ``fields``: by ``EditField``, as JSON values; only what they changed.

    ``subject`` names the edit, also when its item changes its id. ``added``: a person wrote the item; ``fields`` are all of it.
    ``version``: the number in the history of its last change.
    """

    subject: str
    insight: Insight
    anchor: Anchor
    fields: Mapping[str, Any]
    edited_by: str
    edited_at: datetime
    version: int = 0
    added: bool = False

    @property
    def vouched(self) -> bool:
        """Whether a person says what the item says."""
        return self.added or bool(CONTENT_FIELDS & self.fields.keys())


class Found(Protocol):
    """A claim of a current result, as far as it matters here."""

    @property
    def claim_id(self) -> str:
        """Its id."""

    @property
    def insight(self) -> Insight:
        """What makes it."""


@dataclass(frozen=True)
class ClaimQuery:
    """Something that people said about a claim, looking for it. ``owner_too``: another owner that fits as well."""

    name: str
    insight: Insight
    anchor: Anchor
    owner_too: str | None = None


@dataclass(frozen=True)
class _Words:
    said: tuple[str, ...]
    """The words in order, without fillers: "from May to June" is not "from June to May"."""
    strict: tuple[str, ...]
    """Those of them that are numbers or reverse what is said."""
    segments: frozenset[int]
    owner: str | None


def claim_query_of(edit: ItemEdit) -> ClaimQuery:
    """What an edit looks for."""
    return ClaimQuery(edit.subject, edit.insight, edit.anchor, edit.fields.get(EditField.OWNER))


def matched(wanted: Iterable[ClaimQuery], claims: Sequence[Found], place: Callable[[Any], Anchor]) -> dict[str, str]:
    """Ids of claims by the names of those who want them. ``place``: the anchor that a claim would have. See the rule above."""
    open_ones = {one.name: one for one in wanted}
    free = {claim.claim_id: claim for claim in claims}
    pairs: dict[str, str] = {}
    for name, one in list(open_ones.items()):
        claim = free.get(one.anchor.claim_id)
        if claim is not None and claim.insight is one.insight:
            pairs[name] = claim.claim_id
            del open_ones[name], free[claim.claim_id]
    if not open_ones:
        return pairs
    asked = {name: _words(one.anchor) for name, one in open_ones.items()}
    given = {claim_id: _words(place(claim)) for claim_id, claim in free.items()}
    for fits in (_same_words, _contained):
        partners = {
            name: [
                claim_id
                for claim_id, claim in free.items()
                if claim.insight is one.insight
                and fits(asked[name], given[claim_id])
                and _compatible(asked[name], given[claim_id], one.owner_too)
            ]
            for name, one in open_ones.items()
        }
        for name, claim_id in list(_only_pairs(partners)):
            pairs[name] = claim_id
            del open_ones[name], free[claim_id]
    return pairs


def _only_pairs(partners: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Pairs in which each is the only partner of the other."""
    suitors: dict[str, int] = {}
    for found in partners.values():
        for claim_id in found:
            suitors[claim_id] = suitors.get(claim_id, 0) + 1
    for name, found in partners.items():
        if len(found) == 1 and suitors[found[0]] == 1:
            yield name, found[0]


def _words(anchor: Anchor) -> _Words:
    said = tuple(word for word in words_of(anchor.text) if word not in _FILLERS or word in _REVERSING)
    strict = tuple(word for word in said if word in _REVERSING or any(letter.isdigit() for letter in word))
    return _Words(said, strict, frozenset(anchor.segment_ids), anchor.owner)


def _same_words(one: _Words, other: _Words) -> bool:
    return bool(one.said) and one.said == other.said


def _contained(one: _Words, other: _Words) -> bool:
    less, more = sorted((one.said, other.said), key=len)
    rest = iter(more)
    return len(less) - len(one.strict) >= _LEAST_SHARED and all(word in rest for word in less)


def _compatible(wanted: _Words, claim: _Words, owner_too: str | None) -> bool:
    if wanted.strict != claim.strict or not wanted.segments & claim.segments:
        return False
    return wanted.owner is None or claim.owner is None or claim.owner in (wanted.owner, owner_too)
