"""What people change in a record: items, claims, segments, speakers and details, each with its history, and undoing."""
