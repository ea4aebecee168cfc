"""The single neuron, narrated: its table of updates, its line in the plane, and its limits."""
