"""The encoder (BERT with shape and gap embeddings) and its three heads, under the names that the product loads."""

import hashlib

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from .features import base_folder
from .packing import numbers
from .schema import BASE_SHA256, CLASSES, CONFIG, GAPS, LABELS, SHAPES


class Layer(nn.Module):
    def __init__(self, h: int, inner: int, eps: float, drop: float):
        super().__init__()
        self.attention = nn.ModuleDict({
            "self": nn.ModuleDict({k: nn.Linear(h, h) for k in ("query", "key", "value")}),
            "output": nn.ModuleDict({"dense": nn.Linear(h, h), "LayerNorm": nn.LayerNorm(h, eps)}),
        })
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(h, inner)})
        self.output = nn.ModuleDict({"dense": nn.Linear(inner, h), "LayerNorm": nn.LayerNorm(h, eps)})
        self.drop = nn.Dropout(drop)

    def forward(self, x, mask, heads: int):
        b, n, h = x.shape
        att = self.attention["self"]
        q, k, v = (att[name](x).view(b, n, heads, h // heads).transpose(1, 2) for name in ("query", "key", "value"))
        # written out: PyTorch's own attention is slower on a CPU, its gradient by far
        y = (torch.softmax(q @ k.transpose(-1, -2) * (h // heads) ** -0.5 + mask, -1) @ v).transpose(1, 2).reshape(b, n, h)
        out = self.attention["output"]
        x = out["LayerNorm"](x + self.drop(out["dense"](y)))
        y = self.output["dense"](F.gelu(self.intermediate["dense"](x)))
        return self.output["LayerNorm"](x + self.drop(y))


class Cordon(nn.Module):
    def __init__(self, drop: float = 0.1):
        super().__init__()
        c = CONFIG
        h, eps = c["hidden_size"], c["layer_norm_eps"]
        self.embeddings = nn.ModuleDict({
            "word_embeddings": nn.Embedding(c["vocab_size"], h),
            "position_embeddings": nn.Embedding(c["max_position_embeddings"], h),
            "token_type_embeddings": nn.Embedding(2, h),
            "shape_embeddings": nn.Embedding(SHAPES, h),
            "gap_embeddings": nn.Embedding(GAPS, h),
            "LayerNorm": nn.LayerNorm(h, eps),
        })
        layers = [Layer(h, c["intermediate_size"], eps, drop) for _ in range(c["num_hidden_layers"])]
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(layers)})
        self.tags = nn.Linear(h, len(LABELS))
        self.__setattr__("class", nn.Linear(h, len(CLASSES)))
        self.embed = nn.Linear(h, h)
        self.drop = nn.Dropout(drop)
        self.heads = c["num_attention_heads"]
        nn.init.normal_(self.tags.weight, std=0.02)
        nn.init.normal_(getattr(self, "class").weight, std=0.02)
        nn.init.zeros_(self.tags.bias)
        nn.init.normal_(self.embeddings["shape_embeddings"].weight, std=0.01)
        nn.init.normal_(self.embeddings["gap_embeddings"].weight, std=0.01)
        with torch.no_grad():
            self.embed.weight.copy_(torch.eye(h))
            self.embed.bias.zero_()

    def hidden(self, ids, mask, shapes=None, gaps=None):
        e = self.embeddings
        x = e["word_embeddings"](ids) + e["position_embeddings"].weight[: ids.shape[1]] + e["token_type_embeddings"].weight[0]
        if shapes is not None:
            x = x + e["shape_embeddings"](shapes) + e["gap_embeddings"](gaps)
        x = self.drop(e["LayerNorm"](x))
        hide = torch.zeros_like(mask, dtype=x.dtype).masked_fill(~mask, -1e4)[:, None, None, :]
        for layer in self.encoder["layer"]:
            x = layer(x, hide, self.heads)
        return x

    def forward(self, ids, mask, shapes, gaps):
        x = self.hidden(ids, mask, shapes, gaps)
        mean = pooled(x, mask)
        return self.tags(self.drop(x)), getattr(self, "class")(self.drop(mean)), mean


def pooled(x, mask):
    m = mask[..., None].to(x.dtype)
    return (x * m).sum(1) / m.sum(1)


def from_base(seed: int = 0) -> Cordon:
    """The base encoder's weights with fresh heads."""
    torch.manual_seed(seed)
    model = Cordon()
    path = base_folder() / "model.safetensors"
    if hashlib.sha256(path.read_bytes()).hexdigest() != BASE_SHA256:
        raise SystemExit(f"{path} is not the base model that this recipe was written for")
    weights = load_file(path)
    weights = {k.removeprefix("bert."): v for k, v in weights.items() if "pooler" not in k and "position_ids" not in k}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected, unexpected
    assert all(k.split(".")[0] in ("tags", "class", "embed") or "shape" in k or "gap" in k for k in missing), missing
    return model


def network(weights: dict) -> dict:
    """What of a checkpoint or an exported file belongs to the network itself: not the words' own answer, nor the spreads."""
    return {k: v for k, v in numbers(weights).items() if not (k.startswith("class_pairs.") or k.endswith(".spread"))}


def mean(several: list[dict]) -> dict:
    """The mean of some weights (model soups, Wortsman et al. 2022, arXiv:2203.05482)."""
    return {name: sum(weights[name].float() for weights in several) / len(several) for name in several[0]}
