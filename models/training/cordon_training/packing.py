"""Tables with very many rows are bytes in the model file, with a step for each row under the name `….step`."""

import torch

IN_BYTES = ("embeddings.word_embeddings.weight", "class_pairs.weight")


def eight(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Bytes around 128, and the step of each row: its largest number is 127 of them."""
    step = (rows.abs().amax(-1) / 127).half()
    return (rows / step.float().clamp(min=1e-12)[:, None]).round().clamp(-127, 127).add(128).to(torch.uint8), step


def whole(rows: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
    """What `eight` gave, in the halves that the product takes them for."""
    return ((rows.float() - 128) * step.float()[:, None]).half().float()


def eighth(rows: torch.Tensor) -> torch.Tensor:
    """The nearest rows that bytes can say."""
    return whole(*eight(rows))


def packed(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors of a model file."""
    out = {}
    for name, tensor in weights.items():
        if name in IN_BYTES:
            out[name], out[f"{name}.step"] = eight(tensor.detach().cpu())
        else:
            out[name] = tensor.detach().cpu().to(torch.float16).contiguous()
    return out


def numbers(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors of a model file or a checkpoint in f32."""
    steps = {k.removesuffix(".step"): v for k, v in weights.items() if k.endswith(".step")}
    return {k: whole(v, steps[k]) if k in steps else v.float() for k, v in weights.items() if not k.endswith(".step")}
