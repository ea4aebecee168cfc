"""What needs a program from outside: the LaTeX compiles, Matplotlib draws."""

import shutil
import subprocess

import pytest
from networks import random_config

from perceptron_cli import exercises, spec, trace
from perceptron_cli.render import render
from perceptron_cli.trace import View
from perceptron_cli.trace.neuron.document import perceptron

pytestmark = pytest.mark.interop
HOSTILE = r"\end{document} $x$ % & # _ ^ ~ {} <b> é ∂ 🙂"


def documents():
    for name in spec.bundled():
        yield name, trace.backprop(spec.load(name), View(arithmetic="both"))
    yield "train", trace.train(spec.load("xor", [("--epochs", "training.epochs=7")]), narrate={1})
    yield (
        "wide",
        trace.backprop(random_config([30, 40, 12], ["relu", "softmax"], "categorical_cross_entropy")),
    )
    for clip in ("norm", "value"):
        how = ["training.optimizer={name: adam, weight_decay: 0.1}", f"training.clip={clip}"]
        softmax = spec.load("softmax", [("--set", one) for one in how])
        yield f"clipped by {clip}", trace.backprop(softmax, View(arithmetic="both"))
    lecture = spec.load("lecture")
    for key in (False, True):
        recipe = exercises.recipe("3,4,2", "tanh,softmax", None, "0.5")
        made = exercises.draw(recipe, seed=7, count=2)
        sheets = exercises.sheets(made, "everything", View(limit=None), seed=7, key=key, formulas=True)
        yield "exercise key" if key else "exercise sheet", sheets
    yield "hostile", trace.forward(type(lecture)(HOSTILE, *list(vars(lecture).values())[1:]))


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
@pytest.mark.parametrize(
    "name, document", list(documents()), ids=lambda one: one if isinstance(one, str) else ""
)
def test_latex_compiles_and_fits_the_page(tmp_path, name, document):
    (tmp_path / "a.tex").write_text(render(document, "latex"), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "a.tex"],
        cwd=tmp_path,
        capture_output=True,
        encoding="latin-1",
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
    assert (tmp_path / "a.pdf").stat().st_size > 10_000


def test_png_is_drawn_by_matplotlib(tmp_path):
    """Light pixels around, dark ones within, and the same bytes twice."""
    image = pytest.importorskip("matplotlib.image", reason="Matplotlib is not installed")
    for number, name in enumerate(("and", "xor")):
        config = spec.load(name, kind="perceptron")
        data = render(perceptron(config), "png")
        assert data == render(perceptron(config), "png")
        path = tmp_path / f"{number}.png"
        path.write_bytes(data)
        pixels = image.imread(path)
        assert pixels.shape[:2] == (690, 960)
        assert pixels.min() < 0.2 < 0.9 < pixels.mean()
