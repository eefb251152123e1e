"""What was "spoken" in an upload: a default story derived from its hash, or a script.

A script is one of: ``{"utterances": [{speaker, text, start?, end?, confidence?}, ...]}`` (times in ms; if omitted, they
are derived from the words), ``{"text": "..."}`` (one speaker, no utterances; ``""`` is silence), ``{"characters": n}``,
``{"error": "the provider's text"}``, ``{"never": true}``. Any of them may add ``processing_seconds``,
``language_code``, ``failing_gets`` (the number of requests for the finished transcript that get a 500 first), and
``raw``: fields that replace those of the finished response.
Must not go here: HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MS_PER_WORD = 350
NAMES = ("Dana", "Priya", "Marcus", "Elena", "Tomas", "Aisha", "Henrik", "Yuki", "Carlos", "Nora", "Felix", "Ines")
SUBJECTS = (
    "the billing export", "the mobile release", "the data migration", "the support backlog", "the pricing page",
    "the onboarding guide", "the search index", "the audit report",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
TASKS = ("send the draft of", "write the test plan for", "update the estimate for", "book the review of")


def default_utterances(sha256: str) -> list[dict[str, Any]]:
    """A meeting of three speakers: the same for the same bytes, different for different recordings."""
    seed = bytes.fromhex(sha256)
    first = seed[0] % len(NAMES)
    a, b, c = (NAMES[(first + step) % len(NAMES)] for step in (0, 1 + seed[1] % 3, 5 + seed[2] % 3))
    subject, other = SUBJECTS[seed[3] % len(SUBJECTS)], SUBJECTS[(seed[3] + 1 + seed[4] % 6) % len(SUBJECTS)]
    day, task = DAYS[seed[5] % len(DAYS)], TASKS[seed[6] % len(TASKS)]
    lines = (
        ("A", f"Good morning everyone, my name is {a} and I am chairing today."),
        ("B", f"Hello, this is {b} from engineering."),
        ("C", f"And this is {c}, I look after customers."),
        ("A", f"Let us begin with {subject}. Where do we stand?"),
        ("B", "We finished the first part last week, and two open questions are left."),
        ("C", f"Customers ask about it daily, reference {sha256[:8]}, so it matters to them."),
        ("A", f"After this discussion we decided to ship {subject} in two steps."),
        ("B", f"I will {task} {subject} by {day}."),
        ("C", f"The other point is {other}. The numbers look better than last month."),
        ("A", f"Thank you. {c}, can you share the numbers with the team?"),
        ("C", f"Yes, I will share the numbers for {other} by next {day}."),
        ("A", "We agreed to meet again next week. Thank you all and goodbye."),
    )
    return [{"speaker": speaker, "text": text} for speaker, text in lines]


def timed(utterances: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The utterances as AssemblyAI returns them: times in ms, confidence, and their words."""
    clock, done = 0, []
    for given in utterances:
        words = given["text"].split()
        start = given.get("start", clock)
        end = given.get("end", start + max(1, len(words)) * MS_PER_WORD)
        confidence, speaker = given.get("confidence", 0.94), given.get("speaker", "A")
        step = (end - start) / max(1, len(words))
        timings = [
            {
                "text": word,
                "start": int(start + position * step),
                "end": int(start + (position + 1) * step),
                "confidence": confidence,
                "speaker": speaker,
            }
            for position, word in enumerate(words)
        ]
        done.append(
            {
                "speaker": speaker, "text": given["text"], "start": start, "end": end, "confidence": confidence,
                "words": timings,
            }
        )  # fmt: skip
        clock = end + 300
    return done


def finished(script: dict[str, Any], sha256: str | None, *, speaker_labels: bool) -> dict[str, Any]:
    """The fields of a completed transcript that contain what was spoken."""
    if "text" in script or "characters" in script:
        text = script["text"] if "text" in script else ("a" * script["characters"])
        spoken = timed([{"speaker": None, "text": text}]) if text else []
    else:
        spoken = timed(script.get("utterances") or default_utterances(sha256 or "0" * 64))
        text = " ".join(item["text"] for item in spoken)
    words = [word for item in spoken for word in item["words"]]
    fields = {
        "text": text,
        "words": words,
        "utterances": spoken if speaker_labels and "text" not in script else None,
        "confidence": round(sum(word["confidence"] for word in words) / len(words), 4) if words else 0.0,
        "audio_duration": max([1, *(-(-item["end"] // 1000) for item in spoken)]),
        "language_code": script.get("language_code", "en_us"),
    }
    return {**fields, **script.get("raw", {})}
