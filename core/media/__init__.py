"""Video and sound: what a file holds, its frames by their timestamps, browser proxies, excerpts."""
