"""The list of costly tests: it names what exists, and is chosen by what was measured."""

import pytest

from meeting_pipeline_tests.costly import HERE, choose, read


def test_each_line_names_a_test_that_exists() -> None:
    missing = []
    for line in read():
        module, _, function = line.partition("::")
        path = HERE / module
        if not path.is_file() or (function and f"def {function}(" not in path.read_text()):
            missing.append(line)
    assert missing == [], "run `make costs`, or remove these lines from costly.txt"


@pytest.mark.parametrize(
    ("spent", "listed"),
    [
        ({"a.py::test_one": [0.01], "a.py::test_two": [0.02]}, []),
        ({"a.py::test_one": [0.01] * 9, "a.py::test_two": [0.01, 0.3]}, ["a.py::test_two"]),
        ({"a.py::test_one": [0.3], "a.py::test_two": [0.01]}, ["a.py"]),
    ],
)
def test_a_test_is_listed_alone_or_with_its_module(spent: dict[str, list[float]], listed: list[str]) -> None:
    assert choose(spent) == listed
