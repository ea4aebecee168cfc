"""Exercises for paper: networks with friendly numbers, what is asked of them, the sheet and its key."""

from perceptron_cli.exercises.draw import Exercise, draw
from perceptron_cli.exercises.levels import LEVELS, asked
from perceptron_cli.exercises.recipe import Recipe, recipe
from perceptron_cli.exercises.sheet import answers_text, sheets

__all__ = ["LEVELS", "Exercise", "Recipe", "answers_text", "asked", "draw", "recipe", "sheets"]
