"""Background jobs: their kinds, the code that starts them, and the process that runs one."""
