"""The resource ``installation``: settings, store and providers of this process.

It has no configuration: everything comes from the environment (``settings.py``), so nothing secret is in Dagster's
config, and every run of a process shares one opened store. Must not go here: what is done with it (``steps/``).
"""

import functools

import dagster as dg

from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline.steps.opening import Installation, open_installation


@functools.lru_cache(maxsize=1)
def _opened(settings: Settings) -> Installation:
    return open_installation(settings)


class InstallationResource(dg.ConfigurableResource[Installation]):
    """Opens the installation on first use in a process."""

    def create_resource(self, context: dg.InitResourceContext) -> Installation:
        """The installation. Raises: OperatorError, PermanentError (see ``open_installation``)."""
        return _opened(load_settings())
