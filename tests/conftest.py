"""How the tests run: Hypothesis without a clock, warnings as errors (pyproject), signals as on a terminal."""

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "nnstep", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("nnstep")

# What is shown depends on the locale; a test that wants another one asks for it.
os.environ["LC_ALL"] = "C.UTF-8"

# A suite that a shell starts in the background, or nohup, has these ignored, and every command that it
# runs would inherit that: no Ctrl-C and no closed terminal would end one.
for one, usual in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, signal.SIG_DFL),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(one) is signal.SIG_IGN:
        signal.signal(one, usual)
