"""The user interfaces: pages, the Review screen, HTTP routes, background jobs and the command line."""
