"""Training: tags, class and a distilled sentence embedding; the schedule follows a budget of minutes and resumes."""

import signal
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from .data import stream
from .features import IGNORE, load_tokenizer
from .model import Cordon, from_base, pooled
from .schema import LABELS


def rate(done: float) -> float:
    """Share of the peak learning rate after this share of the budget: a short warm-up, then a straight line down."""
    return min(done / 0.03, (1.02 - done) / 0.99, 1.0)


def groups(model: Cordon, lr: float):
    heads, body = [], []
    for name, p in model.named_parameters():
        if "word_embeddings" in name:
            p.requires_grad_(False)
        elif name.startswith(("tags", "class")) or "shape_emb" in name or "gap_emb" in name:
            heads.append(p)
        else:
            body.append(p)
    return [{"params": body, "lr": lr, "peak": lr}, {"params": heads, "lr": lr * 8, "peak": lr * 8, "weight_decay": 0.0}]


def train(work: Path, data: Path | None, minutes: float, seed: int, lr: float, threads: int, init: Path | None, device: str, tokens: int = 1024, every: float = 180):
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    path = work / "checkpoint.pt"
    model = from_base(seed)
    teacher = from_base(seed).to(device).eval()
    if init and not path.exists():
        weights = torch.load(init, map_location="cpu")["model"]
        model.load_state_dict({k: v for k, v in weights.items() if not k.startswith("embed.")}, strict=False)
    model.to(device)
    opt = torch.optim.AdamW(groups(model, lr), weight_decay=0.01, betas=(0.9, 0.98))
    step, spent = 0, 0.0
    if path.exists():
        state = torch.load(path, map_location=device)
        model.load_state_dict(state["model"])
        opt.load_state_dict(state["opt"])
        step, spent = state["step"], state["spent"]
    weight = torch.full((len(LABELS),), 1.25, device=device)
    weight[0] = 1.0
    last = saved = time.time()
    total = minutes * 60
    mean, stop = {}, []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    model.train()
    for batch in stream(load_tokenizer(), data, seed * 1000 + step, tokens):
        done = spent / total
        if done >= 1 or stop:
            break
        for g in opt.param_groups:
            g["lr"] = g["peak"] * rate(done)
        ids, mask, shapes, gaps, y, cls = (t.to(device) for t in batch)
        with torch.autocast(device, torch.bfloat16):
            tag, klass, pool = model(ids, mask, shapes, gaps)
        tag, klass, pool = tag.float(), klass.float(), pool.float()
        losses = {"tag": F.cross_entropy(tag.flatten(0, 1), y.flatten(), weight, ignore_index=IGNORE)}
        if (cls != IGNORE).any():
            losses["class"] = 0.5 * F.cross_entropy(klass, cls, ignore_index=IGNORE)
        if step % 5 == 0:
            with torch.no_grad(), torch.autocast(device, torch.bfloat16):
                goal = pooled(teacher.hidden(ids, mask), mask).float()
            losses["embed"] = 2 * (1 - F.cosine_similarity(model.embed(pool), goal).mean())
        loss = sum(losses.values())
        if not torch.isfinite(loss):
            raise FloatingPointError(f"loss is not finite at step {step}")
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        step += 1
        now = time.time()
        spent, last = spent + min(now - last, 60), now
        for k, v in losses.items():
            mean[k] = 0.97 * mean.get(k, v.item()) + 0.03 * v.item()
        if step % 50 == 0:
            print(f"step {step} {spent / 60:.1f} min " + " ".join(f"{k} {v:.4f}" for k, v in mean.items()), flush=True)
        if now - saved > every or spent >= total:
            save(path, model, opt, step, spent)
            saved = now
    save(path, model, opt, step, spent)


def save(path: Path, model, opt, step, spent):
    part = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "step": step, "spent": spent}, part)
    part.replace(path)
