"""`walk`: what keys do, what fits on a screen, and that the terminal is left as it was found."""

import fcntl
import math
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from networks import networks, random_config
from waiting import C_LOCALE_STARTS, GENEROUS

from perceptron_cli import spec
from perceptron_cli.render import Layout
from perceptron_cli.trace import View
from perceptron_cli.trace.questions.what_if import what_if
from perceptron_cli.walk import Keys, State, frame, press, tour
from perceptron_cli.walk.machine import MODES, MOVES, OPENS, REVEALS, SCROLLS

pytestmark = pytest.mark.exhaustive

NNSTEP = str(Path(sys.executable).parent / "nnstep")
KEYS = [*MOVES, *SCROLLS, *REVEALS, *OPENS, "tab", "backtab", "escape", "clear", "x", "1", "=", "_", "[", "é"]
KEYS = [key for key in dict.fromkeys(KEYS) if key != "q"]
KEY = st.sampled_from(KEYS)
LECTURE = tour(spec.load("lecture"))


def after(way, *keys, state=None):
    state = state or State()
    for key in keys:
        state = press(way, state, key)
    return state


def typed(way, state, opens, text):
    return after(way, opens, *("space" if one == " " else one for one in text), "enter", state=state)


def shown(way, state, width=100, height=40, **layout):
    return "\n".join(line.plain.rstrip() for line in frame(way, state, width, height, Layout(**layout)).lines)


# the machine ----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(networks(), st.lists(KEY, max_size=40), st.integers(1, 130), st.integers(1, 60), st.booleans())
def test_no_keys_lead_astray_and_every_screen_fits(network, keys, width, height, unicode):
    """Any keys on any network: the place stays on the way, and the screen within its size."""
    way = tour(network)
    state = State()
    for key in keys:
        state = press(way, state, key)
        assert 0 <= state.place < len(way.stops)
        assert 0 <= state.stage <= way.stops[state.place].reveals
        assert state.mode in MODES
        found = frame(way, state, width, height, Layout(unicode=unicode))
        assert len(found.lines) == height or (len(found.lines) <= height and (width < 20 or height < 6))
        assert all(line.cell_len <= width and "\n" not in line.plain for line in found.lines)
        assert unicode or all(line.plain.isascii() for line in found.lines)


@settings(max_examples=40, deadline=None)
@given(networks(), st.integers(0, 200))
def test_back_takes_next_and_reveal_back(network, steps):
    way = tour(network)
    state = after(way, *["n"] * min(steps, len(way.stops) - 2))
    assert after(way, "n", "p", state=state) == state
    state = after(way, *["space"] * steps)
    if state.place < len(way.stops) - 1:
        assert after(way, "space", "backspace", state=state) == state


@settings(max_examples=40, deadline=None)
@given(networks(), st.data())
def test_a_number_that_is_changed_and_reset_leaves_nothing_behind(network, data):
    way = tour(network)
    name = data.draw(st.sampled_from(way.names))
    place = data.draw(st.integers(0, len(way.stops) - 1))
    state = after(way, *["n"] * place)
    before = shown(way, state)
    changed = typed(way, state, "e", f"{name}=0.75")
    assume(changed.mode == "line")  # a target need not take this number
    assert changed.changes == ((name, 0.75, "0.75"),)
    for back in (press(way, changed, "r"), typed(way, changed, "e", f"{name}=")):
        assert shown(way, replace(back, message="")) == before


@settings(max_examples=10, deadline=None)
@given(networks())
def test_space_alone_goes_through_everything_to_the_summary(network):
    """Each space shows something new, until the last stop."""
    way = tour(network)
    assume(len(way.stops) < 400)
    state, before = State(), ""
    for _ in range(sum(stop.reveals + 1 for stop in way.stops) - 1):
        now = shown(way, state, 200, 12)
        assert now != before
        before, state = now, press(way, state, "space")
    assert state.place == len(way.stops) - 1
    assert "Summary" in shown(way, state)


@settings(max_examples=30, deadline=None)
@given(networks())
def test_every_equation_of_the_step_has_its_stop_and_every_number_is_told(network):
    way = tour(network, view=View(limit=None))
    told = [stop.name for stop in way.stops if stop.equation and not stop.equation.alternative]
    assert sorted(told) == sorted(name for name, line in way.lines.equations.items() if line.body is not None)
    assert set(way.names) == set(way.lines.equations)


def test_what_follows_from_a_changed_number_is_what_the_changed_network_computes():
    """In float64, and on the screen beside what it was."""
    changed = typed(LECTURE, State(), "e", "w[1]_11=0.5")
    other = tour(spec.load("lecture", [("--set", "network.layers[0].weights[0]=[0.1, 0.5]")]))
    numbers = LECTURE.numbers(changed.changes)
    for name in ("z[1]_1", "L", "dL/dw[2]_11", "w[1]_01'", "L'"):
        assert math.isclose(numbers.values[name], other.original.values[name], rel_tol=1e-9)
    there = typed(LECTURE, changed, "j", "z[1]_1")
    text = shown(LECTURE, there)
    assert "0.1 + 0.5 × 2.0" in text
    assert "= 1.1   (was 0.3)" in text
    assert "what if w[1]_11 = 0.5 (was 0.1)" in text


@pytest.mark.parametrize("change", ["w[1]_11=40", "w[1]_13=40", "w[2]_01=-40", "x_1=-3", "eta=2"])
def test_a_change_is_the_engines_own_where_a_line_alone_has_no_value(change):
    """A saturated output's ln(0) is told the safe way, as the what-if command tells it."""
    relu = spec.load("relu")
    way = tour(relu)
    state = typed(way, State(), "e", change)
    name, _, number = change.partition("=")
    expected = what_if(relu, {name: float(number)}).values
    found = way.numbers(state.changes).values
    for symbol, value in expected.items():
        same = math.isclose(found[symbol], value, rel_tol=1e-9, abs_tol=1e-12) if value is not None else None
        assert same or found[symbol] is value, symbol
    assert "undefined" not in shown(way, typed(way, state, "j", "L"))


def test_a_result_may_be_changed_as_well_as_what_is_given():
    changed = typed(LECTURE, State(), "e", "a[3]_1=0.5")
    assert math.isclose(LECTURE.numbers(changed.changes).values["L"], math.log(2))
    assert "set by you" in shown(LECTURE, typed(LECTURE, changed, "j", "a[3]_1"))


@pytest.mark.parametrize(
    "text, words",
    [
        ("w[9]_11=1", "There is no symbol 'w[9]_11'; did you mean"),
        ("w[1]_11=one", "expected a number after w[1]_11=, got 'one'"),
        ("w[1]_11=inf", "expected a number"),
        ("w[1]_11=nan", "expected a number"),
        ("eta=-1", "expected a number above 0, got -1"),
    ],
)
def test_what_is_no_change_is_said_and_changes_nothing(text, words):
    state = typed(LECTURE, State(), "e", text)
    assert words in state.message
    assert state.mode == "edit"
    assert state.changes == ()


def test_stages_come_one_by_one():
    """Symbols, then the numbers put in, then each line of the working, then the result."""
    place = LECTURE.places["dL/dz[2]_1"]
    seen = [shown(LECTURE, State(place=place, stage=stage)) for stage in range(4)]
    assert "∂L/∂z₁ = ∂L/∂a₁ × ∂a₁/∂z₁" in seen[0]
    assert "0.2364" not in seen[0]
    assert "made from" not in seen[1]
    assert "made from" in seen[LECTURE.stops[place].reveals]


def test_sections_and_layers_are_jumped_over():
    titles = []
    state = State()
    for _ in range(4):
        state = press(LECTURE, state, "l")
        titles.append(LECTURE.stops[state.place].section.title)
    assert titles == ["Layer 1", "Layer 2", "Layer 3 (output)", "Step 1: output layer gradient"]
    assert press(LECTURE, state, "L").place == LECTURE.places["z[3]_1"]
    assert LECTURE.stops[press(LECTURE, state, "s").place].section.title == "Step 2: layer 3 weight gradients"


@pytest.mark.parametrize("text", ["z[2]_3", "z23", "Z[2]3", "z[2]₃"])
def test_a_jump_takes_a_name_with_its_brackets_or_without(text):
    state = typed(LECTURE, State(), "j", text)
    assert LECTURE.stops[state.place].name == "z[2]_3"
    assert state.mode == "line"


def test_tab_completes_as_far_as_it_is_clear_and_then_goes_round():
    state = after(LECTURE, "j", "d", "L", "/", "d", "z", "tab")
    assert state.text == "dL/dz["
    once, twice = press(LECTURE, state, "tab"), after(LECTURE, "tab", "tab", state=state)
    assert once.text == "dL/dz[3]_1"
    assert twice.text != once.text
    assert press(LECTURE, twice, "backtab").text == once.text


def test_an_unknown_symbol_is_answered_with_its_neighbours():
    assert "did you mean" in typed(LECTURE, State(), "j", "dL/dq[1]_1").message


def test_why_goes_down_to_what_is_given_and_comes_back():
    state = after(LECTURE, "j", *"a[1]_2", "enter", "w", "enter")
    assert state.trail == ("a[1]_2", "z[1]_2")
    state = press(LECTURE, press(LECTURE, state, "down"), "enter")
    assert state.trail[-1] == "w[1]_12"
    assert "given" in shown(LECTURE, state)
    back = after(LECTURE, "left", state=state)
    assert (back.trail, back.choice) == (("a[1]_2", "z[1]_2"), 1)
    assert after(LECTURE, "left", "left", state=back).mode == "line"


def test_why_asked_twice_tells_all_of_it_and_the_paths_from_the_loss():
    """With changed numbers the tree has them; the paths are told of the unchanged step alone."""
    state = after(LECTURE, "j", *"dL/dw[1]_11", "enter", "w", "w")
    text = shown(LECTURE, state, 100, 120)
    assert "3 paths lead from the loss" in text
    assert "├ x₁ = 2.0" in text
    assert after(LECTURE, "left", state=state).mode == "why"
    changed = typed(LECTURE, State(), "e", "x_1=3.5")
    text = shown(LECTURE, after(LECTURE, "j", *"dL/dw[1]_11", "enter", "w", "w", state=changed), 100, 120)
    assert "├ x₁ = 3.5" in text
    assert "paths lead" not in text


def test_the_output_may_be_asked_for_by_its_name():
    state = typed(LECTURE, State(), "j", "y_hat")
    assert LECTURE.stops[state.place].name == "a[3]_1"


def test_the_matrices_of_a_section_have_the_changed_numbers():
    state = typed(LECTURE, State(), "e", "w[1]_11=0.55")
    state = after(LECTURE, "l", "m", state=state)
    text = shown(LECTURE, state)
    assert "0.55" in text
    assert "1.2" in text
    assert after(LECTURE, "g", "m").mode == "line"  # what is given has no layer


def test_the_summary_says_what_the_step_did_and_where_the_next_ones_go():
    text = shown(LECTURE, after(LECTURE, "G"))
    for words in ("0.2563", "0.2455", "0.7739", "0.7823", "helped", "over 20 updates", "--step 2"):
        assert words in text


def test_a_wide_network_has_the_stops_of_its_first_neurons():
    wide = tour(random_config([60, 64, 10], ["tanh", "softmax"], "categorical_cross_entropy"))
    assert len(wide.stops) < 300
    state = typed(wide, State(), "j", "z[1]_2")
    text = shown(wide, state, 60, 20)
    assert "more" in text
    asked = typed(wide, state, "j", "z[1]_60")  # has no stop: the question is answered all the same
    assert asked.trail == ("z[1]_60",)
    assert "z[1]₆₀" in shown(wide, asked, 60, 20)


def test_a_network_whose_lines_take_long_says_so_once():
    wide = tour(random_config([100, 50, 2], ["tanh", "softmax"], "categorical_cross_entropy"))
    assert wide.slow
    assert not LECTURE.slow
    shown(wide, typed(wide, State(), "e", "x_1=1"))
    assert not wide.slow


def test_the_second_update_begins_where_the_first_ended():
    xor = spec.load("xor")
    first, second = tour(xor, 1), tour(xor, 2)
    assert second.original.values["w[1]_11"] == first.original.values["w[1]_11'"]


def test_what_a_key_sends_is_read_whole_or_in_pieces():
    keys = Keys()
    assert keys.feed(b"\x1b[C\x1bOAq\r\x7f ") == ["right", "up", "q", "enter", "backspace", "space"]
    assert keys.feed("é".encode()[:1]) == []
    assert keys.feed("é".encode()[1:]) == ["é"]
    assert keys.feed(b"\x1b") == ["escape"]
    assert keys.feed(b"\x1b[15~\x1b[200~") == []


def test_the_pictures_take_the_room_that_is_left():
    """The network is a line on a low screen, a few lines on a higher one, and drawn with its numbers else."""
    state = typed(LECTURE, State(), "j", "dL/da[1]_1")
    line, small, large = (shown(LECTURE, state, *size) for size in ((40, 12), (60, 20), (100, 34)))
    assert "x ○ ── 1 ●○ ━━ 2 ◉◉◉ ── ŷ ○" in line
    assert len(re.findall("●", small)) == 1
    assert "x            1            2            ŷ" in small
    assert "[0.5744]" in large
    assert "[0.2]" in large
    for text in (line, small, large):
        assert "= -0.01078" in text


def test_a_picture_stays_as_it_is_while_a_line_is_revealed():
    place = LECTURE.places["dL/da[1]_1"]
    for size in ((60, 20), (100, 34)):
        screens = [shown(LECTURE, State(place=place, stage=stage), *size).split("\n") for stage in range(4)]
        first = [number for number, line in enumerate(screens[0]) if re.search("[●◉]|sigmoid", line)]
        assert first
        for screen in screens[1:]:
            assert [screen[number] for number in first] == [screens[0][number] for number in first]


def test_the_drawing_of_a_sample_has_its_numbers_and_those_that_are_changed():
    way = tour(spec.load("xor"))
    state = typed(way, typed(way, State(), "e", "w[1]_11=0.625"), "j", "s2:z[1]_1")
    drawn = way.drawing(state.place, state.changes, frozenset())
    assert [one.number.text for one in drawn.columns[0].neurons] == ["0", "1"]
    assert drawn.columns[1].neurons[0].number.value == way.numbers(state.changes).values["s2:a[1]_1"]
    assert "0.625" in [one.number.text for one in drawn.edges]


# the terminal ---------------------------------------------------------------------------------


class Terminal:
    """The command on a pseudo-terminal of some size."""

    def __init__(self, *arguments, size=(20, 60), env=None):
        self.leader, self.follower = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.follower)
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("NNSTEP_", "LC_"))}
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
            clean.pop(name, None)
        self.process = subprocess.Popen(
            [NNSTEP, "walk", *arguments],
            stdin=self.follower,
            stdout=self.follower,
            stderr=self.follower,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**clean, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(env or {})},
        )
        self.text = ""

    def resize(self, lines, columns):
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def wait_for(self, words, seconds=GENEROUS):
        """Read until words are shown after what was read before."""
        start, end = len(self.text), time.monotonic() + seconds
        while words not in self.text[start:]:
            assert time.monotonic() < end, f"no {words!r} in {self.text[start:]!r}"
            self.read()

    def read(self):
        if select.select([self.leader], [], [], 0.1)[0]:
            self.text += os.read(self.leader, 65536).decode("utf-8", "replace")

    def send(self, keys):
        os.write(self.leader, keys.encode())

    def end(self):
        """Wait for the end; returns the exit code. The terminal is as it was, the screen given back."""
        end = time.monotonic() + GENEROUS
        while self.process.poll() is None:
            assert time.monotonic() < end, "the walk did not end"
            self.read()
        self.read()
        assert termios.tcgetattr(self.follower) == self.before
        assert self.text.count("\x1b[?1049h") == self.text.count("\x1b[?1049l")
        assert self.text.rindex("\x1b[?25h") > self.text.rindex("\x1b[?25l")
        os.close(self.leader)
        os.close(self.follower)
        return self.process.returncode


def test_a_walk_goes_on_when_asked_and_ends_with_q():
    terminal = Terminal()
    terminal.wait_for("Given")
    terminal.send("n")
    terminal.wait_for("0.1 + 0.1 × 2.0")
    terminal.send("\x1b[C")
    terminal.wait_for("σ(0.3)")
    terminal.send("jz[2]_3\r")
    terminal.wait_for("0.4371")
    terminal.send("ew[2]_03=1\r")
    terminal.wait_for("was 0.4371")
    terminal.send("q")
    assert terminal.end() == 0


@pytest.mark.parametrize("how, code", [("key", 130), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_walk_gives_the_terminal_back(how, code):
    terminal = Terminal("xor")
    terminal.wait_for("Given")
    if how == "key":
        terminal.send("\x03")
    else:
        terminal.process.send_signal(how)
    assert terminal.end() == code


def test_a_walk_is_drawn_anew_when_the_size_changes():
    terminal = Terminal("lecture", size=(24, 80))
    terminal.wait_for("q quit")
    terminal.resize(12, 40)
    terminal.wait_for("\x1b[12;1H")
    last = terminal.text.rindex("\x1b[2J")
    assert "\x1b[13;1H" not in terminal.text[last:]
    terminal.send("q")
    assert terminal.end() == 0


def test_a_walk_that_is_stopped_gives_the_terminal_back_until_it_goes_on():
    terminal = Terminal()
    terminal.wait_for("Given")
    terminal.process.send_signal(signal.SIGTSTP)
    terminal.wait_for("\x1b[?1049l")
    os.waitpid(terminal.process.pid, os.WUNTRACED)
    assert termios.tcgetattr(terminal.follower) == terminal.before
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_for("Given")
    terminal.send("q")
    assert terminal.end() == 0


def test_colour_and_unicode_are_left_out_where_they_are_not_wanted():
    plain = {"LC_ALL": "C"} if C_LOCALE_STARTS else {"PYTHONIOENCODING": "ascii"}
    terminal = Terminal(env={"NO_COLOR": "1", **plain})
    terminal.wait_for("q quit")
    terminal.send("nq")
    assert terminal.end() == 0
    assert terminal.text.isascii()
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", terminal.text)


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_without_a_terminal_there_is_no_walk_but_a_hint(stream):
    leader, follower = pty.openpty()
    streams = {"stdin": follower, "stdout": follower, stream: subprocess.PIPE}
    done = subprocess.Popen([NNSTEP, "walk"], stderr=subprocess.PIPE, text=True, **streams)
    _, errors = done.communicate(timeout=GENEROUS)
    os.close(leader)
    os.close(follower)
    assert done.returncode == 2
    assert f"{stream} is none" in errors
    assert "hint: nnstep backprop" in errors


def test_on_a_dumb_terminal_there_is_no_walk():
    terminal = Terminal(env={"TERM": "dumb"})
    terminal.wait_for("TERM is dumb")
    assert terminal.process.wait(timeout=GENEROUS) == 2
    assert "\x1b[" not in terminal.text
    os.close(terminal.leader)
    os.close(terminal.follower)
