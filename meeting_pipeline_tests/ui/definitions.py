"""A code location that loads instantly, which the guard's tests query and change."""

from dagster import Definitions, asset


@asset
def weather() -> None:
    """An asset that nothing depends on."""


defs = Definitions(assets=[weather])
