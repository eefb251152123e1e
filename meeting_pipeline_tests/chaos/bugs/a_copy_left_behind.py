"""I8: intake leaves a temporary folder behind."""

import tempfile
from typing import Any

MODULE = "meeting_pipeline.steps.intake.staging"


def spoil(module: Any) -> None:
    """Create one folder more than is removed."""
    staging_folder = module.staging_folder

    def untidy(*given: Any, **named: Any) -> Any:
        tempfile.mkdtemp(prefix="meeting-pipeline-")
        return staging_folder(*given, **named)

    module.staging_folder = untidy
