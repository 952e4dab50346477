"""`python -m ringfence_mcp`, for where the command is not on the path."""

from ringfence_mcp import main

if __name__ == "__main__":
    raise SystemExit(main())
