"""Find decisions by rule: explicit wording only ("we decided to", "we agreed that", "we will go with").

Must not go here: action items (``action_rules.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.insight_results import Decision
from meeting_pipeline.providers.offline.clauses import clause_end, tidy
from meeting_pipeline.providers.offline.sentences import Sentence
from meeting_pipeline.providers.offline.taken_back import LaterWords

_TRIGGER: Final = re.compile(
    r"\b(?:"
    r"(?P<who>we|i)(?:'ve| have)?(?: all| now| also| finally| just| already)? (?:decided|agreed|settled|voted)"
    r"(?: (?:to|that|on|upon|for)\b)?"
    r"|(?:it (?:is|was)|it's|that is|that's) (?:decided|agreed|settled)(?: (?:to|that|on)\b)?"
    r"|(?:the |our )?decision(?: is| was|:)(?: (?:to|that)\b)?"
    r"|(?P<plan>we|let's|let us|i)(?: will|'ll|'re| are)? (?P<verb>go|stick|stay)(?:ing)? with"
    r")[ ,:]++(?P<what>)(?=\S)",
    re.IGNORECASE,
)
_RECAP: Final = re.compile(
    r"\b(?:(?:last|previous|earlier) (?:meeting|time|session|week)|minutes of|yesterday)\b", re.I
)
"""What an earlier meeting decided is not a decision of this one."""
_DOUBT: Final = re.compile(
    r"\b(?:if|unless|whether|not|n't|never|haven't|should|could|might|have to|has to|need to|let's say|suppose|imagine)\b"
    r"[^,.;]{0,40}$",
    re.IGNORECASE,
)
_DOUBT_REACH: Final = 60
"""Characters before a decision that are searched for a doubt: its longest word and the forty after it."""


def decisions(sentences: Sequence[Sentence]) -> tuple[Decision, ...]:
    """Return all decisions in chronological order, each once. "We" names nobody: the rules cannot know who agreed.

    All are candidates. On real meetings, what is called decided is mostly a recapitulation, and none that people labelled was
    found this way (``docs/evaluation.md``).
    """
    found: dict[str, Decision] = {}
    later = LaterWords(sentences)
    for number, sentence in enumerate(sentences):
        match = _TRIGGER.search(sentence.text)
        if match is None or sentence.text.rstrip().endswith("?") or _doubted(sentence.text, match.start()):
            continue
        end = clause_end(sentence.text, match.start("what"), punctuated=sentence.punctuated)
        what = tidy(sentence.text[match.start("what") : end])
        if match["plan"]:
            what = f"{match['verb'].capitalize()} with {what[:1].lower()}{what[1:]}"
        if len(what.split()) < 2 or later.take_back(what, number) or _RECAP.search(sentence.text):
            continue
        alone = (match["who"] or "").casefold() == "i"
        decision = Decision(
            decision=what,
            decided_by=(sentence.segment.speaker,) if alone else (),
            evidence=sentence.evidence(0 if sentence.punctuated else match.start(), end),
            candidate=True,
        )
        found.setdefault(what.casefold(), decision)
    return tuple(found.values())


def _doubted(text: str, end: int) -> bool:
    return _DOUBT.search(text, max(0, end - _DOUBT_REACH), end) is not None
