"""Imports run one way: a module knows what stands before it, and nothing that comes after."""

import ast
import shutil
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "perceptron_cli"
LEVELS = [
    {"__init__"},
    {"errors", "expr", "jobs", "parameters", "arrays", "records", "web", "words", "given"},
    {"notation", "document", "calculus", "compiled", "assigned", "symbols", "activation"},
    {"smooth", "loss", "grouped"},
    {"regression", "weighted"},
    {
        "activations",
        "losses",
        "optimizers",
        "initializers",
        "schedules",
        "clipping",
        "rules",
        "layers",
        "drawing",
        "datasets",
    },
    {"dialects"},
    {"spec", "derivations"},
    {"engine", "schemas", "neuron"},
    {"trace"},
    {"export"},
    {"imports"},
    {"answers", "exercises"},
    {"recording"},
    {"quiz", "interview"},
    {"render"},
    {"walk", "pages", "courses", "workbooks"},
    {"library"},
    {"cli"},
    {"__main__", "notebook"},
]
ROOMS = [  # of the narration, in the same manner; what is in no room is shared by all of them
    {"step"},
    {"run", "lessons", "neuron"},
    {"questions"},
]
LEVEL = {name: place for place, names in enumerate(LEVELS) for name in names}
NEVER = {
    "engine": {"rich", "typer", "yaml", "perceptron_cli.trace", "perceptron_cli.notation"},
    "spec": {"numpy", "rich", "typer"},
    "datasets": {"rich", "typer", "yaml"},
    "trace": {"rich", "typer", "yaml"},
    "answers": {"rich", "typer", "yaml"},
    "expr": {"numpy", "rich", "typer", "yaml"},
    "render": {"numpy", "typer", "yaml"},
}


def modules(package: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(package.rglob("*.py")):
        yield path.relative_to(package).parts[0].removesuffix(".py"), path


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, inside functions and for types alone too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{one.name}" for one in node.names)


def backward_arrows(package: Path) -> list[str]:
    found = []
    for name, path in modules(package):
        for target in imports(path):
            parts = target.split(".")
            if parts[0] != "perceptron_cli" or len(parts) < 2 or parts[1] not in LEVEL or name == "__init__":
                continue
            other = parts[1]
            if other != name and LEVEL[other] >= LEVEL[name]:
                found.append(f"{path.name}: {name} imports {target}")
    return found


def test_no_arrow_turns_back():
    assert backward_arrows(PACKAGE) == []


@pytest.mark.parametrize(
    "file, line",
    [
        ("expr/nodes.py", "from perceptron_cli.engine import train"),
        ("spec/check.py", "def late():\n    import perceptron_cli.trace.step.part"),
        ("engine/batch.py", "from perceptron_cli import trace"),
        ("render/text.py", "from perceptron_cli.cli.app import run"),
    ],
)
def test_a_backward_arrow_is_found(tmp_path, file, line):
    copy = tmp_path / "perceptron_cli"
    shutil.copytree(PACKAGE, copy)
    with (copy / file).open("a") as stream:
        stream.write(f"\n{line}\n")
    assert len(backward_arrows(copy)) >= 1


def dotted(package: Path, path: Path) -> str:
    parts = ["perceptron_cli", *path.relative_to(package).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def circle(package: Path) -> list[str]:
    """Return the modules of one circle of imports, wherever in the package they stand; none is best."""
    paths = {dotted(package, path): path for _, path in modules(package)}
    folders = {name for name, path in paths.items() if path.name == "__init__.py"}
    arrows = {name: (set(imports(path)) & set(paths)) - folders for name, path in paths.items()}
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_imports_run_in_a_circle():
    assert circle(PACKAGE) == []


def test_a_circle_inside_a_folder_is_found(tmp_path):
    copy = tmp_path / "perceptron_cli"
    shutil.copytree(PACKAGE, copy)
    with (copy / "render/text.py").open("a") as stream:
        stream.write("\n\ndef late():\n    from perceptron_cli.render.plot import BITS\n")
    assert set(circle(copy)) >= {"perceptron_cli.render.text", "perceptron_cli.render.plot"}


def test_the_rooms_of_the_narration_know_only_those_before_them():
    place = {name: level for level, names in enumerate(ROOMS) for name in names}
    rooms = {path.parent.name for path in (PACKAGE / "trace").glob("*/__init__.py")}
    assert rooms == set(place)
    for path in (PACKAGE / "trace").rglob("*.py"):
        if path == PACKAGE / "trace/__init__.py":
            continue  # the door of the narration names what is behind it
        own = path.parent.name
        for target in imports(path):
            parts = target.split(".")
            if parts[:2] == ["perceptron_cli", "trace"] and len(parts) > 2 and parts[2] in place:
                assert parts[2] == own or place[parts[2]] < place.get(own, -1), f"{path}: {target}"


def test_every_module_has_its_place():
    assert {name for name, _ in modules(PACKAGE)} - {"configs"} == set(LEVEL)


def test_modules_know_only_what_they_may():
    for name, path in modules(PACKAGE):
        known = {".".join(one.split(".")[:2]) for one in imports(path)} | {
            one.split(".")[0] for one in imports(path)
        }
        assert not known & NEVER.get(name, set()), path
        assert "click" not in known


def test_the_renderers_read_documents_and_nothing_of_how_they_were_made():
    for name, path in modules(PACKAGE):
        if name == "render":
            known = {".".join(one.split(".")[:2]) for one in imports(path)}
            assert not known & {f"perceptron_cli.{one}" for one in ("trace", "engine", "spec")}, path


def test_every_module_says_what_it_is():
    for _, path in modules(PACKAGE):
        doc = ast.get_docstring(ast.parse(path.read_text()))
        assert doc and doc.split("\n")[0][-1] in ".:", path
        assert path.name != "utils.py"


def test_public_names_say_what_their_signatures_cannot():
    """95 % of the public classes, functions and methods have a docstring."""
    found = [
        bool(ast.get_docstring(node))
        for _, path in modules(PACKAGE)
        for node in public(ast.parse(path.read_text()))
    ]
    assert sum(found) >= 0.95 * len(found)


def public(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)
