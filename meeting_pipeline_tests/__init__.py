"""Tests of meeting_pipeline. The folders mirror the package; ``scenario/`` drives the real system from outside."""
