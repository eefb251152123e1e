"""The settings of an installation: what differs between installations, and where it is read from.

Each subject has its own module, and ``settings.py`` joins them. ``variables.py`` names the environment variables, ``loading.py``
reads both sources. Other packages import from here: most of them need the settings, not the module that has them.
"""

from meeting_pipeline.settings.loading import (
    fix_settings,
    given_settings,
    load_settings,
    parse_settings,
    require_mail,
    settings_file,
)
from meeting_pipeline.settings.places import with_driver
from meeting_pipeline.settings.settings import Settings
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
    "require_mail",
    "settings_file",
    "settings_table",
    "with_driver",
]
