"""Workbooks with a row an update, or a sheet a student, whose formulas are live."""

from perceptron_cli.workbooks.classes import class_workbook
from perceptron_cli.workbooks.rules import rule_workbook
from perceptron_cli.workbooks.training import training_workbook

__all__ = ["class_workbook", "rule_workbook", "training_workbook"]
