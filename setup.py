"""What ``pyproject.toml`` cannot say: a built package carries the project's ``dagster.yaml``.

The file is at the top of the project, where Dagster's own tools look for it. A build copies it beside the module that reads
it (``meeting_pipeline/supervisor/dagster_yaml.py``), so there is one file to change. All metadata is in ``pyproject.toml``.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

INSTANCE = "dagster.yaml"
TARGET = Path("meeting_pipeline", "supervisor", INSTANCE)


class BuildWithInstance(build_py):
    """Copies the modules, and ``dagster.yaml`` beside the one that reads it."""

    def run(self) -> None:
        """Build into an empty folder: a module that has been moved must not stay in the package of an earlier build."""
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            self.copy_file(INSTANCE, str(Path(self.build_lib, TARGET)))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """The files that a build makes."""
        return [*super().get_outputs(include_bytecode), str(Path(self.build_lib, TARGET))]

    def get_source_files(self) -> list[str]:
        """The files that a source distribution needs."""
        return [*super().get_source_files(), INSTANCE]


setup(cmdclass={"build_py": BuildWithInstance})
