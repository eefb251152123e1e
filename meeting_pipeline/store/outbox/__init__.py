"""The webhook outbox: events, deliveries, endpoints."""
