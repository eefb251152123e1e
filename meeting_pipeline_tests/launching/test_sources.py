"""Tests of detecting changed code."""

import os
from pathlib import Path

from dagster._core.code_pointer import CodePointer

from meeting_pipeline.launching.sources import fingerprint, source_roots


def _package(folder: Path) -> Path:
    package = folder / "shop_sources"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "definitions.py").write_text("raise RuntimeError('not to be imported')\n")
    return package


def test_a_modules_roots_are_its_package_and_the_module_is_not_imported(tmp_path: Path) -> None:
    package = _package(tmp_path)
    pointer = CodePointer.from_module("shop_sources.definitions", "defs", str(tmp_path))
    assert source_roots(pointer) == (package,)


def test_a_files_root_is_the_file(tmp_path: Path) -> None:
    file = tmp_path / "defs.py"
    file.touch()
    assert source_roots(CodePointer.from_python_file(str(file), "defs", str(tmp_path))) == (file,)


def test_a_module_that_does_not_exist_has_no_roots(tmp_path: Path) -> None:
    assert source_roots(CodePointer.from_module("no_such_module_at_all", "defs", str(tmp_path))) == ()


def test_the_fingerprint_sees_files_written_added_and_removed(tmp_path: Path) -> None:
    package = _package(tmp_path)
    seen = [fingerprint([package])]
    (package / "definitions.py").write_text("defs = 1\n")
    seen.append(fingerprint([package]))
    (package / "deeper").mkdir()
    (package / "deeper" / "more.py").touch()
    seen.append(fingerprint([package]))
    os.utime(package / "deeper" / "more.py", (1, 1))
    seen.append(fingerprint([package]))
    (package / "__init__.py").unlink()
    seen.append(fingerprint([package]))
    assert len(set(seen)) == len(seen)


def test_the_fingerprint_does_not_see_other_files(tmp_path: Path) -> None:
    package = _package(tmp_path)
    before = fingerprint([package])
    (package / "notes.txt").touch()
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "definitions.pyc").touch()
    assert fingerprint([package]) == before
