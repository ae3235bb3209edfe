"""`python -m app` is `telltale`."""

from app.cli import main

main()
