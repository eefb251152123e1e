"""Receiving recordings: admission, the multipart form, the body, fetching by URL, and Idempotency-Key."""
