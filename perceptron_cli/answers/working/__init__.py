"""A page of working: its equations as chains, the slips in them, and the operands that do not belong."""

from perceptron_cli.answers.working.chains import Chain, Part, chains_of
from perceptron_cli.answers.working.operands import foreign_operand
from perceptron_cli.answers.working.slips import Slip, slips_of

__all__ = ["Chain", "Part", "Slip", "chains_of", "foreign_operand", "slips_of"]
