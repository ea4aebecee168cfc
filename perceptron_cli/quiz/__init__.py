"""The quiz: what is asked, what a typed line comes to, and how it went."""

from perceptron_cli.quiz.machine import ORDERS, Quiz, State, given, question, quiz, replay, reply
from perceptron_cli.quiz.report import report
from perceptron_cli.quiz.saved import saved_lines, saved_text

__all__ = [
    "ORDERS",
    "Quiz",
    "State",
    "given",
    "question",
    "quiz",
    "replay",
    "reply",
    "report",
    "saved_lines",
    "saved_text",
]
