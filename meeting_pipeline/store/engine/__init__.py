"""The database engine: connections, transactions, retries, driver errors, schema, secrets."""
