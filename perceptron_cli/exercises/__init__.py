"""Exercises for paper: networks with friendly numbers, what is asked of them, the sheet and its key."""

from perceptron_cli.exercises.codes import code_of, sheet_of
from perceptron_cli.exercises.draw import Exercise, draw, read
from perceptron_cli.exercises.levels import LEVELS, asked
from perceptron_cli.exercises.neuron import NeuronExercise, draw_neurons, neuron_sheets, table_text
from perceptron_cli.exercises.recipe import Recipe, recipe
from perceptron_cli.exercises.sheet import answers_text, sheets

__all__ = [
    "LEVELS", "Exercise", "NeuronExercise", "Recipe", "answers_text", "asked", "code_of", "draw",
    "draw_neurons", "neuron_sheets", "read", "recipe", "sheet_of", "sheets", "table_text",
]  # fmt: skip
