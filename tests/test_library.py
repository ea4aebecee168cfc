"""`check` from Python, for graders: dicts of numbers and arrays, files, repeated mistakes, points, CSV."""

import csv
import io
import json

import numpy as np
import pytest
from test_cli import call

import perceptron_cli
from perceptron_cli import check, load
from perceptron_cli.errors import InputError

ADA = "docs/answers/ada.yaml"


def test_a_dict_of_numbers_and_arrays():
    found = check(
        {"Z1": np.array([0.3775, 0.3925]), "A2": [0.7514, 0.7729], "loss": np.float64(0.2984)}, "mazur"
    )
    assert found.is_right
    assert (found.points, found.of, found.first_wrong, found.explanation) == (5, 5, None, "")
    assert repr(found) == "Checked(5 of 5 points)"


def test_numbers_of_a_program_are_held_to_their_digits():
    assert check({"z[1]_1": 0.3 + 1e-16}, "lecture").is_right
    assert not check({"a[1]_1": np.float64(0.574442516811659 + 1e-9)}, "lecture").is_right
    assert check({"a[1]_1": np.float32(0.574442516811659)}, "lecture").is_right


def test_the_first_mistake_is_explained():
    found = check({"z[1]_1": 0.2, "a[1]_1": 0.5498}, load("lecture"))
    assert repr(found) == "Checked(1 of 2 points, first wrong: z[1]_1 (WRONG: bias left out))"
    assert found.first_wrong.mistakes == ("bias left out",)
    assert "0.3 is right" in found.explanation and "bias" in found.explanation
    html = found._repr_html_()
    assert "<td>z[1]_1</td>" in html and "1 of 2 points" in html


def test_html_shows_text_as_text():
    with pytest.raises(InputError, match="no such symbol"):
        check({"<b>z</b>": 1.0}, "lecture")
    assert "&#x27;" in check({"w[1]_11'": 0.2}, "lecture")._repr_html_()


def test_a_file_is_read_too():
    assert check(ADA).data()["first_wrong"] == "z[1]_1"
    assert check({"net_h1": 0.3775}, "mazur", names="mazur").is_right


@pytest.mark.parametrize("value", ["abc", [[1, 2], [3]], [[[1]]], []])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(InputError):
        check({"Z1": value}, "mazur")


def test_it_is_public():
    assert "check" in perceptron_cli.__all__


# repeated mistakes and points ---------------------------------------------------------------------

TWICE = "z[1]_1: 0.2000\nz[1]_2: 0.2000\n"


def sheet(tmp_path, text, name="sheet.yaml"):
    (tmp_path / name).write_text(text)
    return str(tmp_path / name)


def test_a_mistake_that_is_made_again_is_blamed_once(tmp_path):
    data = json.loads(call("check", sheet(tmp_path, TWICE), "lecture", "--json").stdout)
    assert [one["verdict"] for one in data["answers"]] == ["mistake", "repeated"]
    assert data["answers"][1]["repeated"] == "z[1]_1"
    assert data["score"]["points"] == 1
    assert "the same mistake as in z[1]_1" in call("check", sheet(tmp_path, TWICE), "lecture").stdout
    data = json.loads(call("check", sheet(tmp_path, TWICE), "lecture", "--json", "--repeated", "each").stdout)
    assert [one["verdict"] for one in data["answers"]] == ["mistake", "mistake"]


def test_points_come_from_a_file(tmp_path):
    points = sheet(tmp_path, "mistake: 0.25\nrepeated: 0\n", "points.yaml")
    data = json.loads(call("check", sheet(tmp_path, TWICE), "lecture", "--json", "--points", points).stdout)
    assert [one["points"] for one in data["answers"]] == [0.25, 0]
    done = call("check", sheet(tmp_path, TWICE), "--points", sheet(tmp_path, "wrong: 1\n", "bad.yaml"))
    assert done.exit_code == 2
    assert "bad.yaml:1:1: wrong: unknown key" in done.stderr


def test_a_gradebook_is_csv(tmp_path):
    (tmp_path / "class").mkdir()
    sheet(tmp_path / "class", TWICE, "ada.yaml")
    sheet(tmp_path / "class", "z[1]_1: 0.3\n", "bob.yaml")
    text = call("check", str(tmp_path / "class"), "lecture", "--format", "csv").stdout
    assert list(csv.DictReader(io.StringIO(text))) == [
        {
            "file": "ada.yaml",
            "points": "1",
            "of": "2",
            "first wrong line": "z[1]_1",
            "mistakes": "bias left out",
        },
        {"file": "bob.yaml", "points": "1", "of": "1", "first wrong line": "", "mistakes": ""},
    ]
    one = call("check", sheet(tmp_path, TWICE), "lecture", "-o", str(tmp_path / "marks.csv"))
    assert one.exit_code == 1
    marks = (tmp_path / "marks.csv").read_text().splitlines()
    assert marks[:2] == ["symbol,answer,right,points,verdict", "z[1]_1,0.2000,0.3,0,WRONG: bias left out"]


# what teaches -------------------------------------------------------------------------------------


def test_what_was_done_is_shown_beside_what_is_right(tmp_path):
    told = " ".join(call("check", sheet(tmp_path, "w[3]_11': 0.4139\nL: 0.3698\n"), "lecture").stdout.split())
    assert "logarithm to base 2: The logarithm to base 2 was taken." in told
    assert "This gives the answer:" in told and "This is right:" in told
    assert "To see more: nnstep derive cross-entropy" in told


def test_one_small_change_is_said_where_no_mistake_has_a_name(tmp_path):
    """0.1 + 0.1 * 2 doubled by 0.4 of another weight: w[1]_02 stands where w[1]_01 belongs, say."""
    from perceptron_cli.trace.step.lines import lines

    config = load("mazur")
    value = lines(config).values
    wrong = value["w[2]_01"] + value["w[2]_11"] * value["x_2"] + value["w[2]_21"] * value["a[1]_2"]
    found = check({"z[2]_1": f"{wrong:.8f}"}, config)
    assert found.first_wrong.change == "x_2 was taken in place of a[1]_1."
    rough = check({"z[2]_1": f"{wrong:.1f}"}, config)
    assert rough.first_wrong is None or rough.first_wrong.change is None


def test_numbers_that_were_rounded_too_early_are_said_so():
    from perceptron_cli.trace.step.lines import lines

    value = lines(load("mazur")).values
    early = 0.60 + 0.40 * round(value["a[1]_1"], 2) + 0.45 * round(value["a[1]_2"], 2)
    found = check(
        {"a[1]_1": f"{value['a[1]_1']:.6f}", "a[1]_2": f"{value['a[1]_2']:.6f}", "z[2]_1": f"{early:.6f}"},
        "mazur",
    )
    assert found.first_wrong.mistakes == ("rounded too early",)


def test_a_workbook_is_read(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["symbol", "value"], ["z[1]_1", 0.3], [None, "y_hat", 0.7739], ["Z1"], [0.3, 0.4]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    done = call("check", str(tmp_path / "a.xlsx"), "lecture")
    assert done.exit_code == 0, done.stderr + done.stdout
    (tmp_path / "a.xlsx").write_bytes(b"no workbook")
    done = call("check", str(tmp_path / "a.xlsx"), "lecture")
    assert done.exit_code == 2
