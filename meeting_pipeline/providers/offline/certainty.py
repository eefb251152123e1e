"""How certain a task is: worth showing as a candidate, stated as a fact, or neither.

Belongs here: the weights of the signs, which are few and general on purpose. Must not go here: finding tasks
(``action_rules.py``), lists of words (``wordlists.py``).
"""

import re
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.providers.offline.wordlists import DEED_PHRASES, DEEDS, TALK_VERBS

_HEDGE: Final = re.compile(r"\b(?:maybe|perhaps|might|probably|try to|i guess|i think|i hope|wish|would)\b", re.I)
_AT_ONCE: Final = re.compile(
    r"\b(?:now|quickly|briefly|one second|a second|a moment|a minute|out loud|this meeting)\b", re.I
)
_OPEN_END: Final = re.compile(
    r"(?:\b(?:the|a|an|to|of|for|with|and|or|on|in|at|by|about|your|my|our)|\buh|\bum|-)$", re.I
)
_PRONOUNS: Final = frozenset(
    ["it", "that", "this", "them", "these", "those", "you", "him", "her", "something", "anything", "so", "one"]
)
CANDIDATE: Final = 2
"""What a task must weigh to be shown."""
_SHORTEST_FACT: Final = 3
"""Words of a task that can be understood without the transcript: a verb and what it is about."""


@dataclass(frozen=True)
class Signs:
    """What is known about a task.

    ``owned``: somebody is named who will do it. ``due``: it was said until when, and not only "today", which is mostly said of
    the meeting itself. ``late``: near the end of the meeting, where tasks are assigned.
    """

    verb: str
    task: str
    sentence: str
    owned: bool
    due: bool
    late: bool

    @property
    def weight(self) -> int:
        """The sum of the signs for and against a task."""
        at_once = _AT_ONCE.search(self.sentence) is not None and not self.due
        return (
            (1 if self.owned else 0)
            + (2 if self.due else 0)
            + (1 if self.verb in DEEDS or DEED_PHRASES.match(self.task) else 0)
            + (1 if self.late else 0)
            - (2 if at_once or (self.verb in TALK_VERBS and not self.due) else 0)
            - (1 if _HEDGE.search(self.sentence) else 0)
            - (1 if self.vague else 0)
        )

    @property
    def vague(self) -> bool:
        """Whether the words do not say what to do, or break off."""
        words = self.task.casefold().split()
        about = [word for word in words[1:] if word not in _PRONOUNS]
        return not about or _OPEN_END.search(self.task) is not None

    @property
    def shown(self) -> bool:
        """Whether it is worth showing."""
        return self.weight >= CANDIDATE

    @property
    def fact(self) -> bool:
        """Whether it is stated plainly: who, what and until when. On real meetings, promises without a date are mostly talk."""
        plain = not self.vague and _HEDGE.search(self.sentence) is None
        return self.owned and self.due and plain and len(self.task.split()) >= _SHORTEST_FACT
