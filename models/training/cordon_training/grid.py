"""Puts the weights where the product's 8 bits can say them, so that its integers and its floats find the same.

In 8 bits 192 inputs of an output have one step, a 127th of the largest weight among them (`kernels/src/gemm.rs`), after their twelve lanes
of 16 were turned (`kernels/src/turn.rs`). Activations have one step too, row by row, and behind a norm a few channels are many times larger
than the others: each of them is divided by its spread, a power of two, before it becomes 8 bits, and its weights are multiplied by it
(`inference/src/int8.rs`).
"""

import torch

from .model import Cordon
from .packing import eighth
from .predict import read

LANE, BITS = 16, 127


SIGNS = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
TURN = torch.kron(SIGNS / 2, torch.eye(3) - 2 / 3)


def step(weight: torch.Tensor, spread: torch.Tensor | float = 1.0) -> torch.Tensor:
    """The nearest weights on the grid."""
    turned = (TURN @ (weight * spread).unflatten(-1, (-1, len(TURN), LANE))).flatten(-2)
    grain = (turned.abs().amax(-1, keepdim=True) / BITS).clamp(min=1e-12)
    nearest = (turned / grain).round() * grain
    return (TURN @ nearest.unflatten(-1, (len(TURN), LANE))).flatten(-3) / spread


def behind(model: Cordon):
    """Each norm with the linear layers that its output meets in 8 bits."""
    layers = list(model.encoder["layer"])
    norms = [model.embeddings["LayerNorm"]] + [layer.output["LayerNorm"] for layer in layers]
    for norm, layer in zip(norms, layers):
        yield norm, list(layer.attention["self"].values())
        yield layer.attention["output"]["LayerNorm"], [layer.intermediate["dense"]]
    yield norms[-1], [model.tags]


@torch.no_grad()
def settle(model: Cordon, tok, texts: list[str]) -> None:
    """Measures the spread of each channel behind a norm on `texts`, then moves all weights but those of class and embedding."""
    sums = {norm: torch.zeros(norm.normalized_shape) for norm, _ in behind(model)}

    def add(norm, _, out) -> None:
        sums[norm] += out.flatten(0, -2).square().sum(0)

    hooks = [norm.register_forward_hook(add) for norm in sums]
    read(model, tok, texts)
    for hook in hooks:
        hook.remove()
    for norm, linears in behind(model):
        size = sums[norm].sqrt()
        norm.register_buffer("spread", 2 ** (size / size.median()).clamp(min=1).log2().round())
        for linear in linears:
            linear.weight.copy_(step(linear.weight, norm.spread))
    words = model.embeddings["word_embeddings"].weight
    words.copy_(eighth(words))
    for layer in model.encoder["layer"]:
        for linear in (layer.attention["output"]["dense"], layer.output["dense"]):
            linear.weight.copy_(step(linear.weight))


@torch.no_grad()
def settle_heads(model: Cordon) -> None:
    """As `settle`, for what the mean over all pieces meets."""
    for head in (getattr(model, "class"), model.embed):
        head.weight.copy_(step(head.weight))
