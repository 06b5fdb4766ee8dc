"""The prepared and filled tree → `FlatDocument`: paths, groups, paint servers and checked pictures."""
