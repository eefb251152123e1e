"""Operator commands and automatic recovery: cancel, delete, reprocess, recover, audit."""
