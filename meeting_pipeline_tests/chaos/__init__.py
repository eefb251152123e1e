"""The real system among deaths and failing services, watched from outside."""
