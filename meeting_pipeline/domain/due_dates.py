"""Due dates: what words like "by Friday" mean, counted from the day of the meeting.

There are two entry points: ``plausible_date`` checks a date given by a model; ``resolve_due`` derives one from English words by
rules. Both prefer no date to a wrong one; the original words are always kept with it.
Must not go here: finding due words in a text.
"""

import re
from calendar import month_name, monthrange
from datetime import date, datetime, time, timedelta
from typing import Final

from meeting_pipeline.domain import policies

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH: Final = re.compile(r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)")
_UNITS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS: Final = (
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth"),
    *("fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
)
_CARDINALS: Final = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_ORDINALS: Final = {
    **{word: day for day, word in enumerate((*_UNITS, *_TEENS), start=1)},
    "twentieth": 20,
    **{f"twenty {word}": 20 + day for day, word in enumerate(_UNITS, start=1)},
    "thirtieth": 30,
    "thirty first": 31,
}
"""Spoken ordinals, as a transcript has them: ``twenty first`` is 21."""
_ORDINAL: Final = re.compile(r"\b(" + "|".join(sorted(_ORDINALS, key=len, reverse=True)) + r")\b")
_LEAD: Final = re.compile(
    r"^(by|before|until|till|due|on|at|no later than|not later than|latest|for|this coming|coming|the)\s+"
)
_WEEKDAY: Final = re.compile(rf"(?P<which>this |next )?(?P<day>{'|'.join(_WEEKDAYS)})(?P<week> next week| this week)?")
_DAY_ONLY: Final = re.compile(r"(?:the )?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?: of (?P<which>this|next|the) month)?")
_MONTH_END: Final = re.compile(r"(?:the )?end of (?P<month>[a-z]+)(?: (?P<year>[0-9]{4}))?")
_SPAN: Final = re.compile(
    r"(?:in|within) (?P<count>[0-9]{1,3}|a|an|" + "|".join(_CARDINALS) + r") (?P<unit>day|week)s?"
)
_NO_SINGLE_DAY: Final = re.compile(
    r"\bafter (?!tomorrow)"
    rf"|\b(?:{'|'.join(_WEEKDAYS)}) (?:of|in) (?!(?:this|next|the) )"
    rf"|\b(?:[0-9]{{1,3}}|{'|'.join(_CARDINALS)})(?: ?- ?| to | or | )(?:[0-9]{{1,3}}|{'|'.join(_CARDINALS)})"
    r" (?:day|week|month|year)s?\b"
    r"|^[0-9]{1,2} ?- ?[0-9]{1,2}$"
)
"""A day after which, one of the weekdays of a month, a range, and numbers with a hyphen ("24-7")."""
_LONGEST: Final = 80
"""Characters of words that can name one day: longer ones say more than that."""
_LONGEST_GIVEN: Final = 400
"""Longer input is not even normalized."""


def plausible_date(value: str | None, meeting: date) -> date | None:
    """``value`` as a date if it is ``YYYY-MM-DD``, not before the meeting, and at most two years after it."""
    if value is None or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        return None
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        return None
    return _in_range(day, meeting)


def resolve_due(words: str, meeting: date) -> date | None:
    """The day that English due words mean, never before the meeting; ``None`` if they do not mean a single day.

    "Tuesday" is the first one after the meeting, "next Tuesday" the one in the next week. Weeks start on Monday;
    the end of a week is its Friday. A month alone is not a day.
    """
    text = _normal(words) if len(words) <= _LONGEST_GIVEN else ""
    if not text or len(text) > _LONGEST or _NO_SINGLE_DAY.search(text):
        return None
    try:
        return _resolved(text, meeting)
    except (OverflowError, ValueError):  # a day before the year 1 or after the year 9999
        return None


def _resolved(text: str, meeting: date) -> date | None:
    for rule in (_fixed_words, _week_or_month_end, _end_of_named_month, _weekday, _span, _day_of_month):
        day = rule(text, meeting)
        if day is not None:
            return _in_range(day, meeting)
    return _by_dateparser(text, meeting)


def _normal(words: str) -> str:
    text = " ".join(re.sub(r"[^\w/.:\- ]", " ", words.casefold()).split()).strip(" .")
    text = re.sub(r"\b(twenty|thirty)-", r"\1 ", text)
    text = re.sub(r"\b(?:first thing|early|late|some ?time|noon|midday|lunchtime)(?: in the| on)? (?=[a-z])", "", text)
    text = re.sub(r"\bbefore the (week|month|year) (?:is out|is over|ends)$", r"end of the \1", text)
    text = _ORDINAL.sub(lambda found: str(_ORDINALS[found.group(1)]), text)
    while (shorter := _LEAD.sub("", text)) != text:
        text = shorter
    text = re.sub(r" (at the latest|latest|or so|if possible)$", "", text)
    return re.sub(r"\b([0-9]{1,2}) of (?=[a-z])(?!this|next|the)", r"\1 ", text)


def _fixed_words(text: str, meeting: date) -> date | None:
    if text in (
        "today",
        "tonight",
        "this evening",
        "this afternoon",
        "end of day",
        "end of the day",
        "eod",
        "end of today",
    ):
        return meeting
    if re.fullmatch(r"(end of )?tomorrow( morning| afternoon| evening| night)?", text):
        return meeting + timedelta(days=1)
    return meeting + timedelta(days=2) if text in ("day after tomorrow", "the day after tomorrow") else None


def _week_or_month_end(text: str, meeting: date) -> date | None:
    found = re.fullmatch(r"(?:the )?end of (?:the |this )?(next )?(week|month|year)", text)
    if found is None:
        found = re.fullmatch(r"eo(w|m)()", text)
        if found is None:
            return None
        return _end("week" if found.group(1) == "w" else "month", meeting, following=False)
    return _end(found.group(2), meeting, following=found.group(1) is not None)


def _end(unit: str, meeting: date, *, following: bool) -> date:
    if unit == "week":
        friday = meeting + timedelta(days=4 - meeting.weekday() + (7 if following else 0))
        # On a weekend, "the end of the week" means the coming Friday.
        return friday if friday >= meeting else friday + timedelta(days=7)
    if unit == "year":
        return date(meeting.year + following, 12, 31)
    year, month = _month_after(meeting) if following else (meeting.year, meeting.month)
    return date(year, month, monthrange(year, month)[1])


def _month_after(day: date) -> tuple[int, int]:
    return (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)


def _end_of_named_month(text: str, meeting: date) -> date | None:
    found = _MONTH_END.fullmatch(text)
    month = _month_number(found["month"]) if found else None
    if found is None or month is None:
        return None
    year = int(found["year"]) if found["year"] else meeting.year + (month < meeting.month)
    return date(year, month, monthrange(year, month)[1]) if year > 0 else None


def _month_number(word: str) -> int | None:
    names = [name.casefold() for name in month_name]
    return next((i for i, name in enumerate(names) if i and word in (name, name[:3])), None)


def _weekday(text: str, meeting: date) -> date | None:
    text = re.sub(
        r"( morning| afternoon| evening| night| noon| eod| end of day| at noon| at [0-9:]+( ?[ap]m)?)$", "", text
    )
    text = re.sub(r"^end of (?!next|the|this)", "", text)
    found = _WEEKDAY.fullmatch(text)
    if found is None:
        return None
    wanted = _WEEKDAYS.index(found["day"])
    if found["which"] == "next " or found["week"] == " next week":
        return meeting + timedelta(days=7 - meeting.weekday() + wanted)
    return meeting + timedelta(days=(wanted - meeting.weekday() - 1) % 7 + 1)


def _span(text: str, meeting: date) -> date | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    count = found["count"]
    number = int(count) if count.isdigit() else 1 if count in ("a", "an") else _CARDINALS.index(count) + 1
    return meeting + timedelta(days=number * (7 if found["unit"] == "week" else 1))


def _day_of_month(text: str, meeting: date) -> date | None:
    """``the 21st``: in the month of the meeting, or in the next month where that day exists and is not past."""
    found = _DAY_ONLY.fullmatch(text)
    if found is None:
        return None
    year, month = meeting.year, meeting.month
    if found["which"] == "next":
        year, month = _month_after(meeting)
    day = int(found["day"])
    for _ in range(3):
        if 1 <= day <= monthrange(year, month)[1] and date(year, month, day) >= meeting:
            return date(year, month, day)
        year, month = _month_after(date(year, month, 1))
    return None


def _by_dateparser(text: str, meeting: date) -> date | None:
    """Dates with a day and a month: ``21 March``, ``March 21st``, ``2026-03-21``."""
    if not re.search(r"[0-9]", text) or not (_MONTH.search(text) or re.search(r"[0-9]-[0-9]", text)):
        return None
    import dateparser

    found: datetime | None = dateparser.parse(
        text,
        languages=["en"],
        settings={
            # "future" excludes the base itself, but the day of the meeting is a valid due date.
            "RELATIVE_BASE": datetime.combine(meeting - timedelta(days=1), time(0, 0)),
            "PREFER_DATES_FROM": "future",
            "REQUIRE_PARTS": ["day", "month"],
        },
    )
    return _in_range(found.date(), meeting) if found is not None else None


def _in_range(day: date, meeting: date) -> date | None:
    return day if timedelta(0) <= day - meeting <= timedelta(days=policies.DUE_DATE_MAX_DAYS) else None
