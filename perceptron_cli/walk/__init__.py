"""A step to be walked through, one equation at a time; what a key does, and what stands on the screen.

`tour` has the stops, `machine` decides, `screen` draws (the middle of it `body`, the network `strip` and
`small`), `keys` reads; none of them knows a terminal.
"""

from perceptron_cli.walk.keys import Keys
from perceptron_cli.walk.machine import State, press
from perceptron_cli.walk.screen import Frame, frame
from perceptron_cli.walk.tour import Tour
from perceptron_cli.walk.tours import tour

__all__ = ["Frame", "Keys", "State", "Tour", "frame", "press", "tour"]
