"""Exercises for where a course lives: questions that know what named mistakes come to."""

from perceptron_cli.courses.gift import gift
from perceptron_cli.courses.moodle import moodle
from perceptron_cli.courses.printed import paper, pdf_of
from perceptron_cli.courses.qti import qti
from perceptron_cli.courses.questions import Task, tasks

__all__ = ["Task", "gift", "moodle", "paper", "pdf_of", "qti", "tasks"]
