"""Reads data sets into arrays: CSV, TSV, JSON Lines and .npz; every message names file, line and column.

It knows files and columns, and nothing of networks. A command without a data set loads none of it
but the table of normalizers.
"""

from perceptron_cli.datasets.normalizers import NORMALIZERS

__all__ = ["NORMALIZERS"]
