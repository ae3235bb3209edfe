"""What `telltale bench review` measures and proves: the Review screen in a real browser on a served workspace."""
