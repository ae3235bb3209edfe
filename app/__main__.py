"""Makes `python -m app` the same as the command `telltale`."""

from app.cli.main import main

if __name__ == "__main__":  # worker processes import this module too
    main()
