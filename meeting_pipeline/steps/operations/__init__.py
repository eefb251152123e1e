"""What operators do, and what recovers by itself: cancel, delete, reprocess, recover, audit."""
