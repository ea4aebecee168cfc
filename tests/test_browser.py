"""The page in a real browser: what it shows is what the engine has, before and after changes."""

import json
import random
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from networks import TRAINABLE, losses_for, random_config
from stacks import SHAPES, stack

from perceptron_cli import load
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.pages import lesson
from perceptron_cli.trace.step.lines import lines

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("browser")]

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
VALUES = "Object.fromEntries(nnstep.model.values)"


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if BROWSER is None:
        pytest.skip("no Chromium on the PATH")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(browser, path, **settings):
    """A page that was opened from the disk; nothing may be asked for beside it, and nothing may go wrong."""
    page = browser.new_page(**settings)
    page.set_default_timeout(10_000)
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(Path(path).as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    yield page
    assert said == []
    assert asked == [Path(path).as_uri()]
    page.close()


@pytest.fixture
def made(tmp_path):
    def make(config, name="lesson.html"):
        path = tmp_path / name
        path.write_text(lesson(load(config) if isinstance(config, str) else config), encoding="utf-8")
        return path

    return make


def shown_wrongly(page):
    """Every number that a formula of the page shows, where it is not the model's number as it is shown."""
    return page.evaluate(
        """() => [...document.querySelectorAll("article mn[data-symbol]")]
          .map((one) => [one.dataset.symbol, one.textContent.replace(/[()]/g, "")])
          .filter(([name, text]) => {
            const value = nnstep.model.value(name);
            if (Number.isNaN(value)) return text !== "undefined";
            return Math.abs(Number(text) - value) > Math.max(0.51e-4, 0.006 * Math.abs(value));
          })"""
    )


def differing(found, wanted):
    assert set(found) == set(wanted)
    return {
        name: (found[name], value)
        for name, value in wanted.items()
        if not (
            value is found[name] is None
            or (found[name] is not None and np.isclose(found[name], value, rtol=1e-12, atol=1e-12))
        )
    }


@pytest.mark.parametrize("name", ["lecture", "mazur", "xor", "softmax", "regression", "relu"])
def test_every_number_is_the_engines_before_and_after_changes(browser, made, name):
    config = load(name)
    told = lines(config)
    dice = random.Random(name)
    with opened(browser, made(name)) as page:
        assert differing(page.evaluate(VALUES), told.values) == {}
        given = page.evaluate("nnstep.model.data.editable")
        changes = {}
        for _ in range(50):
            symbol = dice.choice([one for one in given if "y_" not in one])
            changes[symbol] = round(dice.uniform(0.05, 0.9), 3)
            page.evaluate("([name, value]) => nnstep.change(name, value)", [symbol, changes[symbol]])
        assert differing(page.evaluate(VALUES), told.recalculated(changes)) == {}
        assert shown_wrongly(page) == []
        page.keyboard.press("r")
        assert differing(page.evaluate(VALUES), told.values) == {}


def drawn(seed):
    """A network of any depth, width, activation, loss and optimizer."""
    dice = random.Random(seed)
    sizes = [dice.randint(1, 4) for _ in range(dice.randint(2, 4))]
    sizes[-1] = max(2, sizes[-1])
    activations = [dice.choice(TRAINABLE) for _ in sizes[1:]]
    sizes[1:] = [max(2, size) for size in sizes[1:]]
    return random_config(
        sizes,
        activations,
        dice.choice(losses_for(activations[-1])),
        samples=dice.randint(1, 3),
        seed=seed,
        optimizer=dice.choice(list(OPTIMIZERS)),
        reduction=dice.choice(["mean", "sum"]),
        options={"weight_decay": dice.choice([0.0, 0.05])},
        **dice.choice([{}, {"clip": "norm", "clip_options": {"limit": 0.1}}]),
    )


def of_any_kind(seed):
    """Layers of any kind, and sometimes a penalty."""
    loss = ["half_squared_error", "categorical_cross_entropy"][seed % 2]
    made = stack(seed, SHAPES[seed % len(SHAPES)], 1 + seed % 3, loss, 1 + seed % 2)
    return load(made | ({"penalty": {"l2": 0.1, "l1": 0.01}} if seed % 4 == 0 else {}))


def test_random_networks_are_right_in_the_browser(browser, made):
    wrong = {}
    dice = random.Random(7)
    path, worked = None, 0
    page = browser.new_page()
    for seed in range(140):
        config = drawn(seed) if seed < 100 else of_any_kind(seed)
        path = made(config, f"{seed}.html")
        if '"editable"' not in path.read_text():  # too large to be worked out in the page
            continue
        worked += 1
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        told = lines(config)
        found = differing(page.evaluate(VALUES), told.values)
        given = [one for one in page.evaluate("nnstep.model.data.editable") if "w[" in one or "x_" in one]
        changes = {symbol: round(dice.uniform(-0.9, 0.9), 3) for symbol in dice.choices(given, k=50)}
        page.evaluate(
            "(all) => Object.entries(all).forEach(([name, value]) => nnstep.model.set(name, value))", changes
        )
        found |= differing(page.evaluate(VALUES), told.recalculated(changes))
        if found:
            wrong[seed] = found
    page.close()
    assert path is not None and worked >= 125
    assert wrong == {}


@pytest.mark.parametrize("name", ["lecture", "xor", "deep"])
def test_training_on_goes_where_the_engine_goes(browser, made, name):
    with opened(browser, made(name)) as page:
        page.click("button[data-steps='1']")
        page.click("button[data-steps='10']")
        found = page.evaluate(VALUES)
    wanted = lines(load(name), 12).values
    assert differing({key: found[key] for key in wanted}, wanted) == {}


def test_a_keyboard_alone_walks_to_the_last_line(browser, made):
    with opened(browser, made("mazur")) as page:
        count = page.evaluate("nnstep.player.stops.length")
        for _ in range(8 * count):
            page.keyboard.press("ArrowRight")
        assert page.evaluate("nnstep.player.place") == count - 1
        assert page.evaluate("nnstep.player.reveal === nnstep.player.reveals")
        assert page.evaluate("decodeURIComponent(location.hash)") == "#improvement_percent"
        for _ in range(8 * count):
            page.keyboard.press("ArrowLeft")
        assert page.evaluate("[nnstep.player.place, nnstep.player.reveal]") == [0, 0]


def test_a_link_leads_to_its_line(browser, made):
    path = made("lecture")
    page = browser.new_page()
    page.goto(f"{path.as_uri()}#dL/dw[1]_11")
    page.wait_for_selector("html[data-ready]", state="attached")
    now = page.locator(".now .line")
    assert now.get_attribute("data-symbol") == "dL/dw[1]_11"
    assert "-0.00527" in now.text_content()
    page.close()


def test_a_number_is_changed_where_it_stands(browser, made):
    with opened(browser, made("lecture")) as page:
        page.locator("article [data-symbol='x_1'] mn").first.click()
        page.keyboard.type("3")
        page.keyboard.press("Enter")
        assert page.evaluate("nnstep.model.value('z[1]_1')") == pytest.approx(0.4)
        page.locator("article .line[data-symbol='w[1]_11']").first.focus()
        page.keyboard.press("Enter")
        page.keyboard.type("none")
        page.keyboard.press("Enter")
        assert page.evaluate("nnstep.model.value('w[1]_11')") == 0.1  # what is no number changes nothing
        page.keyboard.press("Escape")
        page.keyboard.press("r")
        assert page.evaluate("nnstep.model.value('z[1]_1')") == pytest.approx(0.3)


@pytest.mark.parametrize(
    "typed, kind",
    [
        ("0.3", "right"),
        ("0.30", "right"),
        ("0,3", "right"),
        ("0.2", "mistake"),
        ("7", "wrong"),
        ("x", "none"),
    ],
)
def test_a_blank_is_judged(browser, made, typed, kind):
    with opened(browser, made("lecture")) as page:
        page.keyboard.press("b")
        assert page.locator("article [data-symbol='a[1]_1'] .result mn").first.text_content() == "?"
        page.locator(".now .result input").fill(typed)
        verdict = page.evaluate("(typed) => nnstep.blanks.judge('z[1]_1', typed)", typed)
        assert verdict["kind"] == kind
        if kind == "mistake":
            assert "bias" in verdict["text"]


def test_a_later_answer_follows_from_an_earlier_one(browser, made):
    with opened(browser, made("lecture")) as page:
        page.keyboard.press("b")
        page.evaluate("nnstep.blanks.judge('z[1]_1', '0.5')")
        verdict = page.evaluate("nnstep.blanks.judge('a[1]_1', '0.6225')")
        assert verdict["kind"] == "follows"
        rounded = page.evaluate("nnstep.blanks.judge('z[2]_1', '0.4748')")
        assert rounded["kind"] in ("right", "rounding")


def test_a_wrong_answer_does_not_give_the_right_number_away(browser, made):
    """What was typed stands in the lines that take it, until it is right."""
    shown = "article .line[data-symbol='{}'] .{} mn[data-symbol='z[1]_1']"
    with opened(browser, made("mazur")) as page:
        page.keyboard.press("b")
        page.locator(".now .result input").fill("0.9")
        page.keyboard.press("Tab")
        page.evaluate("nnstep.refresh()")
        for line, step in (("z[1]_1", "result"), ("a[1]_1", "numbers")):
            assert page.locator(shown.format(line, step)).first.text_content() == "0.9"
        page.evaluate("nnstep.blanks.judge('z[1]_1', '0.3775'); nnstep.refresh()")
        assert page.locator(shown.format("z[1]_1", "result")).first.text_content() == "0.3775"


def test_a_rules_table_is_played_row_by_row(browser, made):
    with opened(browser, made(load("and", kind="perceptron"))) as page:
        for _ in range(12):
            page.keyboard.press("s")
        assert page.locator("tr.now").count() == 1
        assert page.locator(".where").text_content().startswith("Update 13")
        page.evaluate("nnstep.change('t1:theta', 0.3)")
        assert page.evaluate("nnstep.model.value('t9:theta')") == 0.3


HOSTILE = "</script><script>alert(1)</script> & \"quotes' \u202e\u2066 <b>bold</b>"


def test_text_from_a_file_is_text(browser, tmp_path):
    text = (Path(__file__).parent.parent / "configs" / "lecture.yaml").read_text()
    config = tmp_path / "hostile.yaml"
    config.write_text(re.sub("^name: .*", lambda _: f"name: {json.dumps(HOSTILE)}", text, flags=re.MULTILINE))
    path = tmp_path / "lesson.html"
    path.write_text(lesson(load(str(config))), encoding="utf-8")
    with opened(browser, path) as page:
        assert page.locator("b").count() == 0
        assert page.locator("script").count() == 2
        assert "</script><script>alert(1)" in page.locator("h1").text_content()
        assert "\\u202e" in page.locator("h1").text_content()


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
@pytest.mark.parametrize("name", ["lecture", "xor", "softmax"])
def test_no_page_is_wider_than_its_window(browser, made, name, width):
    with opened(browser, made(name), viewport={"width": width, "height": 800}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_pointing_at_a_number_lights_up_what_it_was_made_from(browser, tmp_path):
    path = tmp_path / "step.html"
    subprocess.run([sys.executable, "-m", "perceptron_cli", "backprop", "-o", str(path)], check=True)
    page = browser.new_page()
    page.goto(path.as_uri())
    page.locator("[id='dL/dw[1]_11'] .result mn").hover()
    assert page.locator("[id='dL/dz[1]_1'].from").count() == 1
    assert page.locator('[id="w[1]_11\'"].to').count() == 1
    page.locator("[id='a[1]_1']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "z[1]_1"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["lecture", "xor"])
def test_nothing_serious_bars_a_reader(browser, made, name, scheme):
    axe = Path(sys.prefix) / "node" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.exists():
        pytest.skip("axe-core is not installed: make check-page")
    page = browser.new_page(color_scheme=scheme, bypass_csp=True)
    page.goto(made(name).as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    page.add_script_tag(path=str(axe))
    found = page.evaluate("axe.run().then((all) => all.violations)")
    serious = [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    page.close()
    assert serious == []


def test_a_page_is_small(made):
    assert made("mazur").stat().st_size <= 250_000


def test_grids_with_grey_levels_follow_a_change(browser, made):
    with opened(browser, made("attention")) as page:
        read = """() => [...document.querySelectorAll('g.shade-of')].map((one) => [one.dataset.symbol,
            one.querySelector('text').textContent, one.querySelector('rect').getAttribute('fill')])"""
        before = page.evaluate(read)
        page.evaluate("nnstep.change('x_2,1', 2)")
        after = page.evaluate(read)
        values = page.evaluate(VALUES)
    assert [one[0] for one in before] == [one[0] for one in after] != []
    changed = [(old, now) for old, now in zip(before, after, strict=True) if old != now]
    assert changed
    assert any(old[2] != now[2] for old, now in changed)
    for symbol, text, _ in after:
        assert float(text) == pytest.approx(values[symbol], abs=1e-3)
