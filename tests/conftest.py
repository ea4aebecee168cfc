"""How the tests run: Hypothesis without a clock, and warnings as errors (pyproject)."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "nnstep", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("nnstep")
