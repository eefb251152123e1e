"""Lists of words for comparing names: particles, addresses of roles, and usual short forms of given names.

Must not go here: rules (``likeness.py``).
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from meeting_pipeline.domain.word_sets import word_set

PARTICLES: Final = word_set("van von der den de del della di da dos du la le el al bin ibn ben ter ten zu zum zur of")
"""Words that belong to a family name: with another one it is another name."""
ROLE_ADDRESSES: Final = word_set(
    "info sales support office hello contact admin team service billing hr jobs marketing press noreply "
    "reply room kontakt"
)
"""Addresses of an office, not of a person."""
_SHORT_FORMS: Final = """
    alex: alexander alexandra alexis / al: albert alan alfred / andy: andrew andreas / tony: anthony antonio / ben: benjamin
    benedict / beth: elizabeth bethany / bill: william / billy: william / bob: robert / bobby: robert / rob: robert / cathy:
    catherine / charlie: charles charlotte / chris: christopher christian christine christina / dan: daniel / danny: daniel /
    dave: david / deb: deborah / debbie: deborah / dick: richard / rick: richard / rich: richard / don: donald / ed: edward
    edwin / eddie: edward / fred: frederick alfred / greg: gregory / hank: henry / harry: henry harold / jack: john / jake: jacob
    / jim: james / jimmy: james / joe: joseph / joey: joseph / jen: jennifer / jenny: jennifer / jess: jessica / jon: jonathan
    / josh: joshua / kate: katherine catherine kathryn / kathy: katherine kathleen / katie: katherine / ken: kenneth / larry:
    lawrence / liz: elizabeth / lizzy: elizabeth / maggie: margaret / meg: margaret / peggy: margaret / matt: matthew / max:
    maximilian maxwell / mike: michael / mick: michael / nat: nathan nathaniel natalie / nate: nathan nathaniel / nick:
    nicholas nicolas / pam: pamela / pat: patrick patricia / pete: peter / phil: philip / ray: raymond / ron: ronald / sam:
    samuel samantha / sandy: sandra alexander / steve: steven stephen / sue: susan susanne / suzy: susan / ted: theodore edward
    / theo: theodore / tim: timothy / tom: thomas / tommy: thomas / val: valerie valentina / vicky: victoria / vince: vincent /
    will: william / zach: zachary / seb: sebastian / basti: sebastian / uli: ulrich ulrike / hannes: johannes / kathi: katharina
    / sepp: josef / pepe: jose / paco: francisco / sasha: alexander alexandra / misha: mikhail
"""
"""Short forms that one hears in English and German meetings, and a few others, each with the names it is short for.
Collected by hand from common knowledge; a form that is missing means that no suggestion is made."""


@cache
def _known() -> Mapping[str, frozenset[str]]:
    from meeting_pipeline.domain.people.names import latin

    found: dict[str, frozenset[str]] = {}
    for entry in _SHORT_FORMS.split("/"):
        short, _, names = entry.partition(":")
        found[latin(short.strip())] = frozenset(latin(name) for name in names.split())
    return found


def given_names_of(short: str) -> frozenset[str]:
    """The names that a short form stands for; empty for any other word."""
    return _known().get(short, frozenset())
