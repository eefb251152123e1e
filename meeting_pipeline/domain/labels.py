"""Diarization labels: ``A``, ``B``, ... in order of first appearance.

Must not go here: names of people; those are resolved when something is rendered.
"""


def speaker_label(index: int) -> str:
    """Label of the speaker at ``index`` (0-based): A to Z, then AA, AB, ... like spreadsheet columns."""
    label = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        label = chr(ord("A") + rest) + label
    return label
