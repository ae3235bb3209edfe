"""Long work in processes of its own: kinds of job, starting them, and the process that does one."""
