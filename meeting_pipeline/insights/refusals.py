"""Refusals that a language model writes as text instead of an answer.

Belongs here: recognising a refusal by its beginning, in the most common languages of refusals. In case of doubt, a text is not a
refusal. Must not go here: a refusal that the provider marks as such (``providers/openai_replies.py``).
"""

import re
from typing import Final

from meeting_pipeline.domain.errors import AnswerRefused

_LOOKED_AT: Final = 200
"""Characters at the beginning of a text that are looked at: a refusal begins with one."""
_QUOTES: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "`": "'", "\u00a0": " "})
_ABLE: Final = (
    r"(?:can't|cannot|can not|could not|couldn't|won't|will not|must decline|have to decline|"
    r"am (?:not able|unable)|'m (?:not able|unable|not allowed))"
)
_DO: Final = (
    r"(?:help|assist|comply|fulfil|fulfill|provide|answer|process|respond|engage|continue|discuss|summari[sz]e|create|generate|"
    r"complete|produce|extract|analy[sz]e|do (?:that|this)|share|support)"
)
_REFUSAL: Final = re.compile(
    r"(?:"
    rf"(?:(?:i'm|i am|we're) (?:very |so |really |truly )?sorry|sorry|(?:my )?apologies|i apologi[sz]e)[,.!:;]? "
    rf"(?:but |however,? )?i ?{_ABLE}"
    rf"|i ?{_ABLE} (?:to )?{_DO}\b"
    r"|as an? (?:ai|artificial intelligence|language|large language)(?: language)? (?:model|assistant)\b"
    r"|(?:es )?tut mir leid,? (?:aber )?(?:ich kann|das kann ich|dabei kann ich|damit kann ich)"
    r"|(?:je suis )?désolée?,? (?:mais )?je ne (?:peux|suis)"
    r"|lo siento,? (?:pero )?no puedo"
    r"|(?:desculpe|sinto muito|lamento),? (?:mas )?(?:eu )?não posso"
    r"|(?:przepraszam|przykro mi),? (?:ale )?nie mogę"
    r"|(?:извините|простите|к сожалению),? (?:но )?я не могу"
    r"|(?:很?抱歉|对不起)[\uff0c,]? ?(?:但)?我?(?:无法|不能)"
    r"|申し訳(?:ありません|ございません)が"
    r")"
)


def is_refusal(text: str) -> bool:
    """Whether this text refuses to answer instead of answering. Looks at its beginning alone."""
    begin = text[:_LOOKED_AT].translate(_QUOTES).lstrip().casefold()
    return _REFUSAL.match(begin) is not None


def refused() -> AnswerRefused:
    """The error for a refusal."""
    return AnswerRefused(
        "refused",
        "The model refused to answer.",
        "The same text is not sent again automatically. Reprocess the recording to ask once more, or use another model.",
    )
