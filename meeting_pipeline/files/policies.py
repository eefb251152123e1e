"""Policies of stored files: sizes of blocks and parts, waits and retries of requests to object storage."""

from typing import Final

BLOCK_BYTES: Final = 1024 * 1024
"""A block of a file that is read: large enough for a disk, and small enough for many readers at once."""
PART_BYTES: Final = 8 * 1024 * 1024
"""A part of an upload. Services take at least 5 MiB and at most 10,000 parts: enough for 80 GB."""
PARTS_AT_ONCE: Final = 4
"""Parts of one file in progress: with ``PART_BYTES`` an upload holds some 32 MB, whatever its size."""
CONNECT_SECONDS: Final = 5.0
"""Far more than a service takes that can be reached: what cannot waits for the next round."""
REQUEST_SECONDS: Final = 60.0
"""Longest request: a part of 8 MiB at 140 kB/s."""
REQUEST_RETRIES: Final = 3
"""By the library, for single failures of a service; ``RETRY_SECONDS`` limits them all."""
RETRY_SECONDS: Final = 15.0
"""Longest time for a request with its retries; then everything waits for the next round, which is minutes away."""
READ_TRIES: Final = 3
"""Attempts at the rest of a file whose connection broke while it was read."""
