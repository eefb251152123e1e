"""Find the words in a text that say when something is due. ``domain/due_dates.py`` interprets them.

Must not go here: dates.
"""

import re
from typing import Final

_DAY: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH: Final = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)"
)
_ORDINAL: Final = (
    r"(?:(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh"
    r"|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
    r"|\d{1,2}(?:st|nd|rd|th)?)"
)
_SPAN: Final = r"(?:a|an|one|two|three|four|five|six|seven|eight|ten|\d{1,3})"
_AFTER_A_DAY: Final = "|".join(
    [
        r"of (?:the|this|next) month",
        r"in the (?:morning|afternoon|evening)",
        r"and|or|at|if|so|but|because|please|then|as|with|to|when|though",
    ]
)
"""What may follow "the second" where it is a day of the month. Before another word it counts something: "the second week"."""
_DENIED: Final = re.compile(
    r"\b(?:not|instead of|rather than)(?: (?:by|before|on|until|till|for))?(?: the)? ?$", re.IGNORECASE
)
_DENIED_LENGTH: Final = 24
"""Characters before a due phrase in which it is denied."""
_MOMENT: Final = "|".join(
    [
        rf"(?:the )?end of (?:the |this |next )?(?:day|week|month|quarter|year|{_MONTH}|{_DAY})",
        rf"(?:this |next |the coming )?{_DAY}(?: next week| this week)?(?: morning| afternoon| evening| noon)?",
        r"(?:the day after )?tomorrow(?: morning| afternoon| evening| night)?|today|tonight|noon|eod|eow",
        rf"(?:the )?{_ORDINAL} (?:of )?{_MONTH}\b(?:,? \d{{4}})?",
        rf"{_MONTH} (?:the )?{_ORDINAL}\b(?:,? \d{{4}})?",
        r"\d{4}-\d{2}-\d{2}",
        r"(?:the )?(?:next|this|coming) (?:week|month|quarter|year|weekend|meeting)",
        rf"the {_ORDINAL}\b(?! [^\W\d_])",
        rf"the {_ORDINAL}(?= (?:{_AFTER_A_DAY})\b)",
    ]
)
_BARE: Final = "|".join(
    [
        r"(?:the day after )?tomorrow(?: morning| afternoon| evening| night)?|today|tonight|this (?:morning|afternoon)",
        rf"(?:this|next) (?:week|month|{_DAY})(?: morning| afternoon| evening)?",
        rf"(?:in|within) {_SPAN} (?:days?|weeks?|months?)",
        rf"(?:at |before )?(?:the )?end of (?:the |this |next )?(?:day|week|month|{_DAY})",
        rf"{_DAY}(?: next week| morning| afternoon| evening)?(?=\s*[.,;!]?$)",
    ]
)
DUE: Final = re.compile(
    rf"\b(?:(?:no later than|not later than|by|before|until|till|due|on|for)(?: the)? (?:{_MOMENT})|(?:{_BARE}))\b",
    re.IGNORECASE,
)
"""A due phrase: a preposition with a time, or a time alone ("tomorrow", "next week")."""


def last_due(text: str) -> re.Match[str] | None:
    """Return the last due phrase of a text, if it is not denied: in English it follows the task."""
    matches = [match for match in DUE.finditer(text) if not _is_denied(text, match)]
    return matches[-1] if matches else None


def denies_a_due(text: str) -> bool:
    """Whether a due phrase of the text is denied: "not this Friday", "instead of Thursday"."""
    return any(_is_denied(text, match) for match in DUE.finditer(text))


def _is_denied(text: str, due: re.Match[str]) -> bool:
    return _DENIED.search(text, max(0, due.start() - _DENIED_LENGTH), due.start()) is not None
