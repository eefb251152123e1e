"""Loopback providers and a webhook receiver: real HTTP services that the real SDKs talk to."""
