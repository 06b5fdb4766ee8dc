"""Bytes → a safe tree with styles resolved and references expanded."""
