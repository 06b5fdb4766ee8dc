"""The command line of Inkmerge: one module a command."""
