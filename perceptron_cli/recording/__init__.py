"""A training step of another library, written down as a sheet that `nnstep check` reads.

A sheet has, by nnstep's names, x, y, L and for each layer z[l], a[l], dL/dz[l], dL/da[l] (a row a sample),
w[l], dL/dw[l] and w[l]' (a row a neuron, the bias first; of other kinds the layer's matrix).
"""
