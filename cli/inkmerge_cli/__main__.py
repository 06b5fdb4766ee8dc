"""`python -m inkmerge_cli`."""

from inkmerge_cli.app import main

if __name__ == "__main__":
    main()
