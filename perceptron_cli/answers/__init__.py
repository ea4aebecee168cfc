"""Somebody's numbers against the right ones: what kind of right or wrong each is."""

from perceptron_cli.answers.mistakes import MISTAKES
from perceptron_cli.answers.numerals import Answer, answer
from perceptron_cli.answers.verdict import POINTS, Verdict
from perceptron_cli.answers.verdicts import diagnose

__all__ = ["MISTAKES", "POINTS", "Answer", "Verdict", "answer", "diagnose"]
