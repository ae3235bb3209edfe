"""What people use: pages, the Review screen, routes, jobs and the command line."""
