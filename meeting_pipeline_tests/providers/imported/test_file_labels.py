"""Names that look like our labels get these labels, whatever the order; others get labels that the file does not use."""

import pytest

from meeting_pipeline.providers.imported.file_labels import claimed_label, labels_for


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Speaker B", "B"), ("speaker b", "B"), ("SPEAKER  B", "B"), ("B", "B"), ("b", "B"), ("AB", "AB"), ("Speaker AA", "AA"),
        ("Al", None), ("Speaker 1", None), ("Bo", None), ("Speaker", None), ("Speaker ABC", None), ("-", None), ("É", None),
    ],
)  # fmt: skip
def test_the_label_that_a_name_looks_like(name: str, label: str | None) -> None:
    assert claimed_label(name) == label


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["Speaker B", "Speaker A"], ["B", "A"]),
        (["B", "A"], ["B", "A"]),
        (["Mia", "Speaker A", None], ["B", "A", "C"]),
        (["Speaker C", "Mia", "Tom"], ["C", "A", "B"]),
        (["A", "Speaker A"], ["A", "B"]),
        ([None, "Mia"], ["A", "B"]),
        (["Speaker 2", "Speaker 1"], ["A", "B"]),
    ],
)
def test_labels_of_a_file_are_kept(names: list[str | None], labels: list[str]) -> None:
    assert list(labels_for(names).values()) == labels
    assert list(labels_for(names)) == names
