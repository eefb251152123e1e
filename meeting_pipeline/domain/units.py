"""Units of time and size, for conversions.

Must not go here: limits and intervals; each is a policy of the package that it governs.
"""

from typing import Final

MS_PER_SECOND: Final = 1000
MS_PER_MINUTE: Final = 60_000
MS_PER_HOUR: Final = 60 * MS_PER_MINUTE
SECONDS_PER_DAY: Final = 24 * 3600.0
BYTES_PER_MB: Final = 1_000_000
"""As disks and file managers count. Limits of files are in units of 1024 * 1024."""
