"""The settings of an installation: what differs between installations, and where it is read from.

``settings.py`` lists them, ``variables.py`` names their environment variables, ``loading.py`` reads both sources. Everything that
other rooms use is imported here: most of them want the settings, and not to know which module holds what.
"""

from meeting_pipeline.settings.loading import fix_settings, given_settings, load_settings, parse_settings, settings_file
from meeting_pipeline.settings.settings import Settings, with_driver
from meeting_pipeline.settings.variables import (
    FIXED_VARIABLE,
    PROVIDER_VARIABLES,
    SECRETS,
    VARIABLES,
    settings_table,
)

__all__ = [
    "FIXED_VARIABLE",
    "PROVIDER_VARIABLES",
    "SECRETS",
    "VARIABLES",
    "Settings",
    "fix_settings",
    "given_settings",
    "load_settings",
    "parse_settings",
    "settings_file",
    "settings_table",
    "with_driver",
]
