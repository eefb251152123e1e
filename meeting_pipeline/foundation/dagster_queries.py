"""The GraphQL queries and mutations that are sent to the running system. Source of the types: ``dagster_graphql/schema``.

Add one when something needs it. Must not go here: sending them, and reading responses (``dagster_api.py``).
"""

LAUNCH = """mutation Reprocess($parameters: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $parameters) { __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PartitionKeysNotFoundError { message }
    ... on Error { message } } }"""
STATUS = """query Backfill($id: String!) { partitionBackfillOrError(backfillId: $id) { __typename
    ... on PartitionBackfill { status }
    ... on Error { message } } }"""
RUNS = """query Runs($filter: RunsFilter!) { runsOrError(filter: $filter, limit: 100) { __typename
    ... on Runs { results { runId } }
    ... on Error { message } } }"""
TERMINATE = """mutation Stop($runs: [String!]!) { terminateRuns(runIds: $runs) { __typename
    ... on TerminateRunsResult { terminateRunResults { __typename } }
    ... on Error { message } } }"""
HEALTH = """query Health {
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
  workspaceOrError { __typename
    ... on Workspace { locationEntries { name locationOrLoadError { __typename } } } } }"""
SYSTEM = """query System {
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
  workspaceOrError { __typename
    ... on Workspace { locationEntries { name locationOrLoadError { __typename
      ... on RepositoryLocation { repositories { sensors { name sensorState { status
        ticks(limit: 3) { timestamp endTimestamp status } } } } } } } } } }"""
PROGRESS = """query Progress($now: Float!) {
  instance { daemonHealth { allDaemonStatuses { daemonType required lastHeartbeatTime } } }
  workspaceOrError { __typename
    ... on Workspace { locationEntries { name locationOrLoadError { __typename
      ... on PythonError { message }
      ... on RepositoryLocation { repositories { sensors { name sensorState { status
        ticks(limit: 1) { timestamp } past: ticks(limit: 1, beforeTimestamp: $now) { id } } } } } } } } } }"""
