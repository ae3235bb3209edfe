"""What holds for every test."""

from hypothesis import settings

# No test asserts a time, not even Hypothesis: other work on the machine is no failure.
settings.register_profile("telltale", deadline=None)
settings.load_profile("telltale")
