"""Pages as files: whole, closed to everything outside, and with every number that the JSON has."""

import base64
import hashlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter, defaultdict
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

import perceptron_cli
from perceptron_cli import load, narrate, render, web
from perceptron_cli.cli.app import make_app
from perceptron_cli.document import Document, Note, Section, Table
from perceptron_cli.pages import lesson
from perceptron_cli.pages.lesson import MODULES
from perceptron_cli.spec.source import bundled

VOID = {"option", "meta", "input", "wbr", "br", "img", "link", "hr"}
LESSONS = [(name, "") for name in bundled()] + [(name, "perceptron") for name in bundled("perceptron")]
app = make_app()


class Reader(HTMLParser):
    """Reads a page strictly: every element is closed by its own end."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.wrong = [], [], []
        self.texts = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def names(self):
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]


def run(*arguments):
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code in (0, 1), done.output
    return done.stdout


def require_whole(text):
    page = Reader(text)
    assert page.wrong == []
    assert page.open == []
    assert [name for name, count in Counter(page.names).items() if count > 1] == []
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    return page


COMMANDS = [
    ("forward", "mazur"),
    ("backprop", "lecture"),
    ("backprop", "softmax", "--view", "matrix"),
    ("backprop", "lecture", "--steps", "2", "--arithmetic", "both"),
    ("backprop", "mazur", "--names", "mazur"),
    ("backprop", "xor", "--brief"),
    ("train", "xor", "--epochs", "20"),
    ("why", "dL/dw[1]_11"),
    ("what-if", "--set", "w[1]_11=0.5"),
    ("derive", "shortcut"),
    ("derive", "softmax-cross-entropy"),
    ("activations",),
    ("perceptron", "and", "--planes"),
    ("gradients", "vanishing"),
    ("draw", "mazur", "--gradients"),
    ("names", "mazur"),
    ("configs",),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_document_is_a_whole_page(arguments):
    text = run(*arguments, "--format", "html")
    page = require_whole(text)
    assert ("html", {"lang": "en"}) in page.tags
    assert not re.search(r"(?:src|href)=|@import|url\((?!#)", text)


@pytest.mark.parametrize("name, kind", LESSONS)
def test_every_lesson_is_a_whole_page(name, kind):
    require_whole(lesson(load(name, kind=kind)))


@pytest.mark.parametrize("name", ["lecture", "mazur", "softmax", "xor"])
def test_a_page_has_every_number_of_the_json(name):
    text = render(narrate(load(name)), "html")
    found = defaultdict(set)
    for tag, attributes in Reader(text).tags:
        if tag == "mn" and "data-value" in attributes:
            found[attributes["data-symbol"]].add(float(attributes["data-value"]))
    data = json.loads(render(narrate(load(name)), "json"))
    for section in data["steps"][0]["sections"]:
        for one in section.get("equations", []):
            assert one["value"] in found[one["symbol"]]


def test_a_page_allows_its_own_script_and_style_alone():
    for text in (run("backprop", "--format", "html"), lesson(load("xor"))):
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        for kind, pattern in (
            ("script", '<script type="module">(.*?)</script>'),
            ("style", "<style>(.*?)</style>"),
        ):
            (inside,) = re.findall(pattern, text, re.DOTALL)
            hashed = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
            assert f"{kind}-src 'sha256-{hashed}'" in policy.replace("&#x27;", "'")
        assert policy.startswith("default-src 'none'")
        assert " style=" not in text
        assert "unsafe" not in policy
        assert not re.search(r"\beval\(|new Function|innerHTML", text)


def test_text_is_text():
    hostile = "</script><b>&\"'\u202e\x1b[31m"
    table = Table(hostile, (hostile,), ((hostile,),))
    document = Document(
        hostile, hostile, {}, (hostile,), (Section(hostile, "result", (table, Note(hostile))),)
    )
    page = require_whole(render(document, "html"))
    assert "b" not in [tag for tag, _ in page.tags]
    assert "\u202e" not in "".join(page.texts)
    assert "".join(page.texts).count("</script><b>") >= 6


def test_the_modules_have_no_name_twice():
    """They are one script on the page."""
    text = web.script(*MODULES, "serve")
    names = re.findall(r"^(?:async )?(?:const|let|class|function) (\w+)", text, re.MULTILINE)
    names += [
        one for group in re.findall(r"^const \{([^}]*)\}", text, re.MULTILINE) for one in group.split(",")
    ]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert not re.search("^(?:import|export) ", text, re.MULTILINE)


def test_every_module_stands_after_what_it_imports():
    for order in (MODULES, ("light", "page")):
        for place, name in enumerate(order):
            text = (web.FOLDER / f"{name}.js").read_text()
            for imported in re.findall(r'^import .* from "./(\w+).js"', text, re.MULTILINE):
                assert imported in order[:place], f"{name} imports {imported}"


def test_a_wide_network_is_shortened(tmp_path):
    config = tmp_path / "wide.yaml"
    config.write_text(
        "network:\n  layers:\n"
        "    - {neurons: 128, activation: relu, init: he_uniform}\n"
        "    - {neurons: 10, activation: softmax, init: xavier_uniform}\n"
        "loss: cross_entropy\n"
        f"sample: {{x: {[0.5] * 784}, y: [1{', 0' * 9}]}}\n"
    )
    out = tmp_path / "wide.html"
    done = CliRunner().invoke(app, ["page", str(config), "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert out.stat().st_size <= 2_000_000
    require_whole(out.read_text())


def test_page_writes_a_file_and_nothing_over_it(tmp_path):
    out = tmp_path / "lesson.html"
    assert CliRunner().invoke(app, ["page", "mazur", "-o", str(out)]).exit_code == 0
    before = out.read_text()
    done = CliRunner().invoke(app, ["page", "-o", str(out)])
    assert done.exit_code == 2
    assert "the file exists" in done.stderr
    assert out.read_text() == before
    done = CliRunner().invoke(app, ["page", "missing.yaml", "-o", str(tmp_path / "other.html")])
    assert done.exit_code == 2
    assert not (tmp_path / "other.html").exists()


def test_page_takes_a_rate_and_other_names():
    text = run("page", "mazur", "--lr", "0.2", "--names", "mazur")
    data = json.loads(re.findall('id="data">(.*?)</script>', text)[0])
    assert data["given"]["eta"] == 0.2
    assert "<mtext>net_h1</mtext>" in text


def test_the_modules_are_in_the_wheel():
    folder = Path(perceptron_cli.__file__).parent / "web"
    assert {one.suffix for one in folder.iterdir() if one.is_file()} == {".py", ".js", ".css", ".html"}


def fetched(address, path=""):
    with urllib.request.urlopen(address + path, timeout=60) as answer:
        return answer.read().decode()


def gone_in_the_middle(address):
    """Ask for a page, and reset the connection instead of reading it."""
    place = urllib.parse.urlsplit(address)
    with socket.create_connection((place.hostname, place.port)) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n")


def test_a_served_page_is_renewed_and_ends_quietly(tmp_path):
    config = tmp_path / "my.yaml"
    config.write_text(Path(bundled()["mazur"]).read_text())
    server = subprocess.Popen(
        [sys.executable, "-m", "perceptron_cli", "page", str(config), "--serve"],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "BROWSER": "true"},
    )
    try:
        said = server.stderr.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", said)[0]
        first = fetched(address)
        assert "connect-src 'self'" in first
        require_whole(first)
        version = fetched(address, "version")
        config.write_text(config.read_text().replace("learning_rate: 0.5", "learning_rate: 0.25"))
        assert fetched(address, "version") != version
        assert '"eta": 0.25' in fetched(address)
        config.write_text("network: nothing\n")
        assert "The config cannot be read" in fetched(address)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetched(address, "etc/passwd")
        elsewhere = urllib.request.Request(address, headers={"Host": "example.org"})
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(elsewhere, timeout=60)
        gone_in_the_middle(address)
        assert "The config cannot be read" in fetched(address)
    finally:
        server.send_signal(signal.SIGINT)
        _, more = server.communicate(timeout=60)
    assert (server.returncode, more) == (0, "")


def test_a_wrong_config_is_not_served(tmp_path):
    done = CliRunner().invoke(app, ["page", str(tmp_path / "none.yaml"), "--serve"])
    assert done.exit_code == 2
    assert "no such file" in done.stderr
    done = CliRunner().invoke(app, ["page", "--serve", "-o", str(tmp_path / "a.html")])
    assert done.exit_code == 2
    assert "expected one of them" in done.stderr
