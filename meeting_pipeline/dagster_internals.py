"""All private Dagster names that this project uses.

The only place to check when Dagster is upgraded: each name with its module. Names are imported on first use, so that a
process loads only what it needs. ``test_dagster_internals.py`` resolves every name. Belongs here: names, and values of Dagster
that have no setting. Must not go here: code that uses them, and anything available from ``import dagster``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dagster._cli.api import _execute_run_command_body as _execute_run_command_body
    from dagster._cli.api import api_cli as api_cli
    from dagster._cli.utils import get_instance_for_cli as get_instance_for_cli
    from dagster._config.config_schema import UserConfigSchema as UserConfigSchema
    from dagster._core.code_pointer import CodePointer as CodePointer
    from dagster._core.definitions.asset_checks.asset_check_evaluation import (
        AssetCheckEvaluationTargetMaterializationData as AssetCheckEvaluationTargetMaterializationData,
    )
    from dagster._core.event_api import EventHandlerFn as EventHandlerFn
    from dagster._core.events import AssetMaterializationPlannedData as AssetMaterializationPlannedData
    from dagster._core.events import DagsterEvent as DagsterEvent
    from dagster._core.events import RunFailureReason as RunFailureReason
    from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES as BULK_ACTION_TERMINAL_STATUSES
    from dagster._core.execution.backfill import BulkActionsFilter as BulkActionsFilter
    from dagster._core.execution.backfill import BulkActionStatus as BulkActionStatus
    from dagster._core.instance.ref import InstanceRef as InstanceRef
    from dagster._core.instance.utils import RUNLESS_JOB_NAME as RUNLESS_JOB_NAME
    from dagster._core.instance.utils import RUNLESS_RUN_ID as RUNLESS_RUN_ID
    from dagster._core.launcher.base import CheckRunHealthResult as CheckRunHealthResult
    from dagster._core.launcher.base import LaunchRunContext as LaunchRunContext
    from dagster._core.launcher.base import RunLauncher as RunLauncher
    from dagster._core.launcher.base import WorkerStatus as WorkerStatus
    from dagster._core.origin import RepositoryPythonOrigin as RepositoryPythonOrigin
    from dagster._core.scheduler.instigation import InstigatorTick as InstigatorTick
    from dagster._core.scheduler.instigation import InstigatorType as InstigatorType
    from dagster._core.scheduler.instigation import SensorInstigatorData as SensorInstigatorData
    from dagster._core.scheduler.instigation import TickStatus as TickStatus
    from dagster._core.storage import sql as sql
    from dagster._core.storage.base_storage import DagsterStorage as DagsterStorage
    from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher as SqlPollingEventWatcher
    from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as AssetCheckExecutionsTable
    from dagster._core.storage.event_log.schema import AssetEventTagsTable as AssetEventTagsTable
    from dagster._core.storage.event_log.schema import AssetKeyTable as AssetKeyTable
    from dagster._core.storage.event_log.schema import ConcurrencyLimitsTable as ConcurrencyLimitsTable
    from dagster._core.storage.event_log.schema import DynamicPartitionsTable as DynamicPartitionsTable
    from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata as SqlEventLogStorageMetadata
    from dagster._core.storage.event_log.schema import SqlEventLogStorageTable as SqlEventLogStorageTable
    from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage as SqlEventLogStorage
    from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import (
        ConsolidatedSqliteEventLogStorage as ConsolidatedSqliteEventLogStorage,
    )
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage as SqliteEventLogStorage
    from dagster._core.storage.runs.schema import BackfillTagsTable as BackfillTagsTable
    from dagster._core.storage.runs.schema import BulkActionsTable as BulkActionsTable
    from dagster._core.storage.runs.schema import RunsTable as RunsTable
    from dagster._core.storage.runs.schema import RunTagsTable as RunTagsTable
    from dagster._core.storage.runs.sql_run_storage import SqlRunStorage as SqlRunStorage
    from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage as SqliteRunStorage
    from dagster._core.storage.schedules.schema import InstigatorsTable as InstigatorsTable
    from dagster._core.storage.schedules.schema import JobTable as JobTable
    from dagster._core.storage.schedules.schema import JobTickTable as JobTickTable
    from dagster._core.storage.schedules.sql_schedule_storage import SqlScheduleStorage as SqlScheduleStorage
    from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import (
        SqliteScheduleStorage as SqliteScheduleStorage,
    )
    from dagster._core.storage.sqlite_storage import DagsterSqliteStorage as DagsterSqliteStorage
    from dagster._core.storage.tags import AUTO_RETRY_RUN_ID_TAG as AUTO_RETRY_RUN_ID_TAG
    from dagster._core.storage.tags import BACKFILL_ID_TAG as BACKFILL_ID_TAG
    from dagster._core.storage.tags import PARENT_RUN_ID_TAG as PARENT_RUN_ID_TAG
    from dagster._core.storage.tags import PARTITION_NAME_TAG as PARTITION_NAME_TAG
    from dagster._core.storage.tags import ROOT_RUN_ID_TAG as ROOT_RUN_ID_TAG
    from dagster._core.storage.tags import RUN_FAILURE_REASON_TAG as RUN_FAILURE_REASON_TAG
    from dagster._core.storage.tags import SENSOR_NAME_TAG as SENSOR_NAME_TAG
    from dagster._core.storage.tags import WILL_RETRY_TAG as WILL_RETRY_TAG
    from dagster._core.utils import make_new_run_id as make_new_run_id
    from dagster._core.workspace.context import IWorkspaceProcessContext as IWorkspaceProcessContext
    from dagster._core.workspace.context import WorkspaceProcessContext as WorkspaceProcessContext
    from dagster._core.workspace.context import WorkspaceRequestContext as WorkspaceRequestContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget as WorkspaceFileTarget
    from dagster._daemon.backfill import execute_backfill_iteration_loop as execute_backfill_iteration_loop
    from dagster._daemon.controller import create_daemons_from_instance as create_daemons_from_instance
    from dagster._daemon.controller import daemon_controller_from_instance as daemon_controller_from_instance
    from dagster._daemon.daemon import BackfillDaemon as BackfillDaemon
    from dagster._daemon.daemon import DaemonIterator as DaemonIterator
    from dagster._daemon.daemon import DagsterDaemon as DagsterDaemon
    from dagster._daemon.daemon import SensorDaemon as SensorDaemon
    from dagster._daemon.daemon import SpanMarker as SpanMarker
    from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import (
        QueuedRunCoordinatorDaemon as QueuedRunCoordinatorDaemon,
    )
    from dagster._daemon.sensor import execute_sensor_iteration as execute_sensor_iteration
    from dagster._grpc.__generated__.dagster_api_pb2 import ReloadCodeReply as ReloadCodeReply
    from dagster._grpc.server import DagsterApiServer as DagsterApiServer
    from dagster._grpc.types import ExecuteRunArgs as ExecuteRunArgs
    from dagster._serdes import ConfigurableClass as ConfigurableClass
    from dagster._serdes import ConfigurableClassData as ConfigurableClassData
    from dagster._serdes import pack_value as pack_value
    from dagster._serdes import unpack_value as unpack_value
    from dagster._utils import alter_sys_path as alter_sys_path
    from dagster._utils import get_run_crash_explanation as get_run_crash_explanation
    from dagster._utils.hosted_user_process import recon_repository_from_origin as recon_repository_from_origin
    from dagster._utils.interrupts import capture_interrupts as capture_interrupts
    from dagster._utils.log import configure_loggers as configure_loggers

PRELOADED_MODULES: Final = (
    "dagster._core.execution.plan.active",
    "dagster._core.executor.in_process",
    "dagster._core.storage.sqlite_storage",
    "dagster._core.system_config.composite_descent",
    "dagster._core.utility_ops",
    "dagster._core.workspace.autodiscovery",
    "dagster._utils.test.definitions",
)
"""Modules that Dagster imports only when it executes a run, found by comparing ``sys.modules`` before and after one. They are
preloaded only to save time; other versions of Dagster may not have them."""

SERVICE_MODULES: Final = (
    "dagster._api.get_server_id",
    "dagster._api.list_repositories",
    "dagster._api.snapshot_repository",
    "dagster._core.definitions.repository_definition.repository_data_builder",
    "dagster._core.instance.factory",
    "dagster._core.storage.migration.utils",
    "dagster._core.storage.noop_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.system_config.composite_descent",
    "dagster._core.utility_ops",
    "dagster._grpc.client",
    "dagster._grpc.server",
    "dagster._grpc.server_watcher",
)
"""Modules that several of Dagster's long-lived processes import only when they serve, found in the same way. They are imported
before these processes are forked, so that they are in memory once."""

_MODULES: Final = {
    "dagster._cli.api": ("_execute_run_command_body", "api_cli"),
    "dagster._cli.utils": ("get_instance_for_cli",),
    "dagster._config.config_schema": ("UserConfigSchema",),
    "dagster._core.code_pointer": ("CodePointer",),
    "dagster._core.definitions.asset_checks.asset_check_evaluation": ("AssetCheckEvaluationTargetMaterializationData",),
    "dagster._core.events": ("AssetMaterializationPlannedData", "DagsterEvent", "RunFailureReason"),
    "dagster._core.execution.backfill": ("BULK_ACTION_TERMINAL_STATUSES", "BulkActionStatus", "BulkActionsFilter"),
    "dagster._core.instance.ref": ("InstanceRef",),
    "dagster._core.instance.utils": ("RUNLESS_JOB_NAME", "RUNLESS_RUN_ID"),
    "dagster._core.launcher.base": ("CheckRunHealthResult", "LaunchRunContext", "RunLauncher", "WorkerStatus"),
    "dagster._core.origin": ("RepositoryPythonOrigin",),
    "dagster._core.scheduler.instigation": ("InstigatorTick", "InstigatorType", "SensorInstigatorData", "TickStatus"),
    "dagster._core.event_api": ("EventHandlerFn",),
    "dagster._core.storage": ("sql",),
    "dagster._core.storage.base_storage": ("DagsterStorage",),
    "dagster._core.storage.event_log.polling_event_watcher": ("SqlPollingEventWatcher",),
    "dagster._core.storage.event_log.schema": (
        "AssetCheckExecutionsTable",
        "AssetEventTagsTable",
        "AssetKeyTable",
        "ConcurrencyLimitsTable",
        "DynamicPartitionsTable",
        "SqlEventLogStorageMetadata",
        "SqlEventLogStorageTable",
    ),
    "dagster._core.storage.event_log.sql_event_log": ("SqlEventLogStorage",),
    "dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log": ("ConsolidatedSqliteEventLogStorage",),
    "dagster._core.storage.event_log.sqlite.sqlite_event_log": ("SqliteEventLogStorage",),
    "dagster._core.storage.runs.schema": ("BackfillTagsTable", "BulkActionsTable", "RunTagsTable", "RunsTable"),
    "dagster._core.storage.runs.sql_run_storage": ("SqlRunStorage",),
    "dagster._core.storage.runs.sqlite.sqlite_run_storage": ("SqliteRunStorage",),
    "dagster._core.storage.schedules.schema": ("InstigatorsTable", "JobTable", "JobTickTable"),
    "dagster._core.storage.schedules.sql_schedule_storage": ("SqlScheduleStorage",),
    "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage": ("SqliteScheduleStorage",),
    "dagster._core.storage.sqlite_storage": ("DagsterSqliteStorage",),
    "dagster._core.storage.tags": (
        "AUTO_RETRY_RUN_ID_TAG",
        "BACKFILL_ID_TAG",
        "PARENT_RUN_ID_TAG",
        "PARTITION_NAME_TAG",
        "ROOT_RUN_ID_TAG",
        "RUN_FAILURE_REASON_TAG",
        "SENSOR_NAME_TAG",
        "WILL_RETRY_TAG",
    ),
    "dagster._core.utils": ("make_new_run_id",),
    "dagster._core.workspace.context": (
        "IWorkspaceProcessContext",
        "WorkspaceProcessContext",
        "WorkspaceRequestContext",
    ),
    "dagster._core.workspace.load_target": ("WorkspaceFileTarget",),
    "dagster._daemon.controller": ("create_daemons_from_instance", "daemon_controller_from_instance"),
    "dagster._daemon.backfill": ("execute_backfill_iteration_loop",),
    "dagster._daemon.daemon": (
        "BackfillDaemon",
        "DagsterDaemon",
        "DaemonIterator",
        "SensorDaemon",
        "SpanMarker",
    ),
    "dagster._daemon.run_coordinator.queued_run_coordinator_daemon": ("QueuedRunCoordinatorDaemon",),
    "dagster._daemon.sensor": ("execute_sensor_iteration",),
    "dagster._grpc.__generated__.dagster_api_pb2": ("ReloadCodeReply",),
    "dagster._grpc.server": ("DagsterApiServer",),
    "dagster._grpc.types": ("ExecuteRunArgs",),
    "dagster._serdes": ("ConfigurableClass", "ConfigurableClassData", "pack_value", "unpack_value"),
    "dagster._utils": ("alter_sys_path", "get_run_crash_explanation"),
    "dagster._utils.hosted_user_process": ("recon_repository_from_origin",),
    "dagster._utils.interrupts": ("capture_interrupts",),
    "dagster._utils.log": ("configure_loggers",),
}
_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a name from Dagster. Raises: AttributeError."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"{__name__} has no {name!r}")
    found = import_module(module)
    return getattr(found, name) if hasattr(found, name) else import_module(f"{module}.{name}")


def set_code_server_interval(seconds: float) -> None:
    """How often this process asks the code server whether it is still the same one. Dagster has no setting for it."""
    import_module("dagster._grpc.server_watcher").__dict__["WATCH_INTERVAL"] = seconds
