"""Hours, minutes and seconds in words, in the languages of programs: ``1 hour 2 minutes``, ``1 Std. 5 Min.``, ``1 時間 2 分``.

Must not go here: parsing a time (``clock_times.py``).
"""

from typing import Final

from meeting_pipeline.domain.word_sets import word_set

_HOUR_WORDS: Final = word_set("""
    hr hrs hour hours heure heures hora horas ora ore uur uren stunde stunden std std. godzina godzin godziny hodina hodin
    hodiny timme timmar time timer tunti tuntia saat óra giờ jam час часа часов година години годин 小时 小時 時間 時 时
    시간 ώρα ώρες ساعة ساعات שעה שעות घंटा घंटे
""")
_MINUTE_WORDS: Final = word_set("""
    min mins min. minute minutes minuto minutos minuti minut minuten minuut minuta minuty minuter minutter minutt minuutti
    minuuttia dk dakika perc phút menit минута минуты минут мин мин. хвилина хвилини хвилин 分 分钟 分鐘 분 λεπτό λεπτά
    دقيقة دقائق דקה דקות मिनट
""")
_SECOND_WORDS: Final = word_set("""
    sec secs second seconds seconde secondes segundo segundos secondo secondi seconden sekunde sekunden sekund sekunda
    sekundy sekunder sekunti sekuntia sek sek. sn saniye másodperc giây detik секунда секунды секунд сек сек. секунди 秒
    秒钟 秒鐘 초 δευτερόλεπτο δευτερόλεπτα ثانية ثوان ثوانٍ ثواني שנייה שניה שניות सेकंड
""")


def _any(words: frozenset[str], letters: str) -> str:
    """A pattern for these words, the longest first, and for a letter alone: ``1h05m``."""
    known = sorted(words, key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(word.replace('.', '[.]') for word in known)}|[{letters}](?![^\\W\\d_]))"


HOURS: Final = _any(_HOUR_WORDS, "h\u0447")
MINUTES: Final = _any(_MINUTE_WORDS, "m\u043c")
SECONDS: Final = _any(_SECOND_WORDS, "s\u0441")
AND: Final = r"[\s,]{1,3}(?:(?:and|und|et|y|e|en|i)\s)?"
WORDED: Final = rf"(?:\d{{1,2}}\s?{HOURS}(?:{AND})?)?(?:\d{{1,3}}\s?{MINUTES}(?:{AND})?)?(?:\d{{1,2}}\s?{SECONDS})?"
"""A time in words, for patterns with ``IGNORECASE``. It also matches nothing; ``parse_clock`` refuses that."""
TWO_UNITS: Final = rf"(?=\d{{1,3}}\s?[^\W\d_]{{1,12}}+\.?[\s,]{{0,3}}\d){WORDED}"
"""The same with two units at least: ``1 h 05 min``, but not ``10 minutes later``."""
NAMED_WORDS: Final = (
    rf"(?:(?P<h>\d{{1,2}})\s?{HOURS}(?:{AND})?)?(?:(?P<m>\d{{1,3}})\s?{MINUTES}(?:{AND})?)?"
    rf"(?:(?P<s>\d{{1,2}})\s?{SECONDS})?"
)
"""``WORDED`` with the groups ``h``, ``m`` and ``s``."""
