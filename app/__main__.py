"""`python -m app` is `telltale`."""

from app.cli.main import main

if __name__ == "__main__":  # processes that work beside this one import it too
    main()
