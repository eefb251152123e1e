"""Backups of an installation: written from a running system, verified, and restored into an empty home.

A backup is a folder, so that rsync, restic and `sha256sum -c` work on it. Decisions: docs/adr/0023-backups.md.
"""
