"""Lessons beside the step: derivations, activation curves, Jacobians, how gradients flow."""
