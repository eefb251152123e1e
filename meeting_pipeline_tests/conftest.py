"""What every test can use. Fixtures live beside what they provide; this file only names them."""

pytest_plugins = [
    "meeting_pipeline_tests.dagster_runs",
    "meeting_pipeline_tests.fakes.fixtures",
    "meeting_pipeline_tests.installations",
    "meeting_pipeline_tests.postgres",
]
