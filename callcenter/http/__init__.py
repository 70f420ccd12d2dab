"""Shared parts of the HTTP API: what a route depends on, problems, middleware, the OpenAPI document."""
