"""The resource ``installation``: settings, store and providers of this process.

It has no configuration: everything comes from the environment (``settings/``), so Dagster's config contains no secrets,
and all runs of a process share one open store.
Must not go here: what is done with it (``steps/``).
"""

import functools

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.domain.errors import OperatorError, StoreUnavailable
from meeting_pipeline.foundation.logs import log_as_configured
from meeting_pipeline.foundation.private_files import write_privately
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import Settings, load_settings


@functools.lru_cache(maxsize=1)
def _opened(settings: Settings) -> Installation:
    return open_installation(settings)


class InstallationResource(dg.ConfigurableResource[Installation]):
    """Opens the installation on first use in a process."""

    def create_resource(self, context: dg.InitResourceContext) -> Installation:
        """The installation. A run waits for an unavailable database; a sensor's tick reports it in one line.

        Raises: OperatorError, PermanentError (see ``open_installation``).
        """
        write_privately()  # `up` or a person with Dagster's own commands may have started this process
        log_as_configured()
        settings = load_settings()
        if context.run is None:
            return _for_a_tick(settings)
        installation = _opened(settings)
        installation.store.database.retry_budget.seconds = policies.DATABASE_RETRY_BUDGET_SECONDS
        return installation


def _for_a_tick(settings: Settings) -> Installation:
    try:
        return _opened(settings)
    except (OperatorError, StoreUnavailable) as error:
        if isinstance(error, OperatorError) and error.code != "database_unreachable":
            raise
        return open_installation(settings, migrate=False)  # its first query reports the problem
