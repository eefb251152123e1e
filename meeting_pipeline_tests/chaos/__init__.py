"""The real system under process deaths and failing services, observed from outside."""
