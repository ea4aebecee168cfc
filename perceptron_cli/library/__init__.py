"""The library's door: what the commands do, as functions.

A config may be given as a path, a bundled name, a dict as the YAML has it (with NumPy arrays, too), or as
`load` returned it. What is wrong with it is an InputError, as it is for the commands.
"""

# where each name is to be had, without what the others need
HOMES = {
    "check": "perceptron_cli.answers.library",
    "load": "perceptron_cli.spec",
    "render": "perceptron_cli.render",
    "record": "perceptron_cli.library.recording",
    "train": "perceptron_cli.library.training",
    **dict.fromkeys(("from_keras", "from_sklearn", "from_torch"), "perceptron_cli.library.imports"),
    **dict.fromkeys(
        ("draw", "exercise", "forward", "narrate", "page", "perceptron", "what_if", "why"),
        "perceptron_cli.library.narration",
    ),
}
