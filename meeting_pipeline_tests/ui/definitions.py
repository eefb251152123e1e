"""A code location that is loaded in an instant: what the guard's tests show and change."""

from dagster import Definitions, asset


@asset
def weather() -> None:
    """An asset that nothing depends on."""


defs = Definitions(assets=[weather])
