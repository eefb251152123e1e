"""Shows in the Dagster UI where an asset's code is: the file and line on the machine that loads it, even for an installed wheel.

Must not go here: addresses of repositories, which an installed program does not know.
"""

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import dagster as dg


def with_source(asset: dg.AssetsDefinition, code: Callable[..., Any]) -> dg.AssetsDefinition:
    """The asset, with the place of the function that makes it. ``code`` may be decorated."""
    function = inspect.unwrap(code)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # code references are beta in Dagster 1.13
        place = dg.LocalFileCodeReference(
            file_path=function.__code__.co_filename,
            line_number=function.__code__.co_firstlineno,
            label=function.__module__,
        )
        value = dg.CodeReferencesMetadataValue(code_references=[place])
        return asset.map_asset_specs(lambda spec: spec.merge_attributes(metadata={"dagster/code_references": value}))
