"""A training step, narrated: what is given, forward pass, loss, gradients, updates, verification."""
