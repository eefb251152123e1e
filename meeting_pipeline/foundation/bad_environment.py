"""The error about an environment variable whose value cannot be used. It names the variable and never shows the value.

Must not go here: reading variables (``tls_trust.py``, ``proxies.py``).
"""

from collections.abc import Mapping
from typing import Final, NoReturn

from meeting_pipeline.domain.errors import OperatorError

Environment = Mapping[str, str]
BAD_ENVIRONMENT: Final = "bad_environment"


def refuse_variable(variable: str, what: str, cause: Exception | None = None) -> NoReturn:
    """Raises: OperatorError ``bad_environment``. ``what``: the rest of the sentence that begins with the variable."""
    raise OperatorError(
        BAD_ENVIRONMENT,
        f"The environment variable {variable} {what}.",
        f"Correct or unset {variable} and restart `up`: waiting recordings resume automatically.",
    ) from cause


def os_reason(error: Exception) -> str:
    """What the system says of a file, without its name."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
