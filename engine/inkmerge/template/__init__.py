"""A safe tree + sidecar → compiled placeholders, fields, directives and bindings."""
