"""The fixture of this package. Must not go here: helpers (``meaning.py``)."""

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.steps.embedding.meaning import TALKS, meaning, meeting


@pytest.fixture
def opened(open_with: OpenWith, providers: Providers) -> Installation:
    """An installation with search by meaning and three meetings, none of which has vectors yet."""
    installation = open_with(**meaning(providers))
    for number in TALKS:
        meeting(installation, number)
    return installation
