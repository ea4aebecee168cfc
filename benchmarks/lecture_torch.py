"""The lecture's network trained for 50 epochs in PyTorch, as short as it can be said."""

import torch
from torch import nn

model = nn.Sequential(
    nn.Linear(1, 2), nn.Sigmoid(), nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1), nn.Sigmoid()
)
model.double()
weights = [[[0.1], [0.1]], [[0.2, 0.1], [0.3, 0.2], [0.1, 0.3]], [[0.4, 0.2, 0.6]]]
biases = [[0.1, 0.2], [0.3, 0.1, 0.2], [0.5]]
for layer, w, b in zip(model[::2], weights, biases, strict=True):
    layer.weight.data = torch.tensor(w, dtype=torch.float64)
    layer.bias.data = torch.tensor(b, dtype=torch.float64)
x, y = torch.tensor([[2.0]], dtype=torch.float64), torch.tensor([[1.0]], dtype=torch.float64)
loss, optimizer = nn.BCELoss(), torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(50):
    optimizer.zero_grad()
    loss(model(x), y).backward()
    optimizer.step()
print(f"loss {loss(model(x), y).item():.10f}, prediction {model(x).item():.4f}")
