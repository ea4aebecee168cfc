"""A network asked for, one question at a time, and written as a config with comments."""

from perceptron_cli.interview.machine import BACK, Interview, Question
from perceptron_cli.interview.writing import config_text, short_text

__all__ = ["BACK", "Interview", "Question", "config_text", "short_text"]
