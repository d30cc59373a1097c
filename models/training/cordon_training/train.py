"""Training: tags, class and a distilled sentence embedding; the schedule follows a budget of minutes and resumes.

On a CPU a few processes train together and average their weights; a GPU trains in one process that others feed."""

import copy
import itertools
import math
import os
import signal
import time
from functools import cache
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F
from safetensors.torch import load_file

from .data import fed, stream
from .features import IGNORE, load_tokenizer
from .model import Cordon, from_base, network, pooled
from .schema import CLASSES, LABELS

JOIN = 20.0  # seconds between two averagings of the workers' weights
# questions and harmless texts are a third of the stream; without this every short text would become one of these
COMMON = {"clinical_other": 0.4, "financial_other": 0.4, "other": 0.6, "policy_document": 0.7}


def rate(done: float) -> float:
    """Share of the peak learning rate after this share of the budget: a short warm-up, then a straight line down."""
    return min(done / 0.03, (1.02 - done) / 0.99, 1.0)


def groups(model: Cordon, lr: float, frozen: int, words: bool = False):
    """What is trained: not the word embeddings (unless `words`) and, with `frozen` layers, nothing below those either."""
    heads, body = [], []
    for name, p in model.named_parameters():
        if "word_embeddings" in name and not words or frozen and (name.startswith("embeddings.") or any(f".layer.{k}." in name for k in range(frozen))):
            p.requires_grad_(False)
        elif name.startswith(("tags", "class", "embed.")) or "shape_emb" in name or "gap_emb" in name:
            heads.append(p)
        else:
            body.append(p)
    return [{"params": body, "lr": lr, "peak": lr}, {"params": heads, "lr": lr * 5, "peak": lr * 5, "weight_decay": 0.0}]


def start(seed: int, init: Path | None) -> Cordon:
    """The base encoder with fresh heads, or the weights of an earlier run: a checkpoint or an exported model."""
    model = from_base(seed)
    if init:
        weights = load_file(init) if init.suffix == ".safetensors" else torch.load(init, map_location="cpu")["model"]
        model.load_state_dict(network(weights))
    return model


@cache
def weights_of(device: torch.device):
    """How much each tag and each class counts."""
    return torch.tensor([1.0] + [1.25] * (len(LABELS) - 1), device=device), torch.tensor([COMMON.get(c, 1.0) for c in CLASSES], device=device)


def class_loss(logits, cls):
    return F.cross_entropy(logits, cls, weights_of(logits.device)[1], ignore_index=IGNORE, label_smoothing=0.05)


def apart(logits):
    """How far the second half of some answers is from the first: Kullback and Leibler's divergence, both ways."""
    one, other = logits.chunk(2)
    return ((one.softmax(-1) - other.softmax(-1)) * (one.log_softmax(-1) - other.log_softmax(-1))).sum(-1) / 2


def losses_of(model, teacher, batch, distil: bool, device: str = "cpu", twice: bool = False) -> dict:
    """The losses of a batch that is on the CPU, which can say without waiting what there is to learn from it. With `twice` each window
    is read twice, with other units dropped, and the two answers must agree as well (R-Drop, Liang et al. 2021, arXiv:2106.14448)."""
    tagged, classed = bool((batch[4] != IGNORE).any()), bool((batch[5] != IGNORE).any())
    ids, mask, shapes, gaps, y, cls = (torch.cat([t] * (1 + twice)) for t in (t.to(device, non_blocking=True) for t in batch))
    tag, klass, pool = (t.float() for t in model(ids, mask, shapes, gaps))
    out = {}
    if tagged:  # the mean over nothing is no number
        out["tag"] = F.cross_entropy(tag.flatten(0, 1), y.flatten(), weights_of(tag.device)[0], ignore_index=IGNORE)
    if classed:
        out["class"] = class_loss(klass, cls)
    if twice:
        out["agree"] = apart(tag)[mask.chunk(2)[0]].mean() + apart(klass).mean()
    if distil:
        n = len(batch[0])
        with torch.no_grad():
            goal = pooled(teacher.hidden(ids[:n], mask[:n]), mask[:n]).float()
        out["embed"] = 5 * (1 - F.cosine_similarity(model.embed(pool[:n].to(model.embed.weight.dtype)).float(), goal).mean())
    return out


def train(work: Path, data: Path | None, minutes: float, seed: int, lr: float, workers: int, init: Path | None, device: str, tokens: int = 2048, frozen: int = 0, words: bool = False, twice: bool = False, feeders: int = 0):
    """Runs `workers` processes of one thread each that average their weights every few seconds; one worker takes every thread, or the
    GPU and what `feeders` write for it."""
    work.mkdir(parents=True, exist_ok=True)
    stop = mp.get_context("spawn").Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    args = (workers, stop, work, data, minutes, seed, lr, init, device, tokens, frozen, words, twice, feeders)
    if workers == 1:
        worker(0, *args)
    else:
        (work / "rendezvous").unlink(missing_ok=True)
        mp.spawn(worker, args, workers)


def worker(rank, workers, stop, work, data, minutes, seed, lr, init, device, tokens, frozen, words, twice, feeders, every: float = 180):
    if workers > 1:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        torch.set_num_threads(1)
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
        dist.init_process_group("gloo", init_method=f"file://{(work / 'rendezvous').resolve()}", rank=rank, world_size=workers)
    path = work / "checkpoint.pt"
    master = start(seed, None if path.exists() else init).to(device)  # f32; gradients are of a copy in bfloat16
    opt = torch.optim.AdamW(groups(master, lr, frozen, words), weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    step, spent = 0, 0.0
    if path.exists():
        state = torch.load(path, map_location=device)
        master.load_state_dict(state["model"])
        opt.load_state_dict(state["opt"])
        step, spent = state["step"], state["spent"]
    model = copy.deepcopy(master).bfloat16().train()
    teacher = from_base(seed).to(device).bfloat16().eval()
    pairs = [(m, p) for m, p in zip(master.parameters(), model.parameters()) if m.requires_grad]
    torch.manual_seed(seed * 100 + step + rank)
    total, mean, pieces = minutes * 60, {}, 0
    source = seed * 100_000 + step
    batches = fed(data, source, tokens, feeders) if feeders else stream(load_tokenizer(), data, source * 64 + rank, tokens)
    first = next(batches)
    last = saved = joined = time.time()
    for batch in itertools.chain([first], batches):
        for g in opt.param_groups:
            g["lr"] = g["peak"] * rate(min(spent / total, 1.0))
        losses = losses_of(model, teacher, batch, step % 4 == 0, device, twice)
        if not losses:
            continue
        sum(losses.values()).backward()
        for m, p in pairs:
            m.grad, p.grad = (None if p.grad is None else p.grad.float()), None
        torch.nn.utils.clip_grad_norm_([m for m, _ in pairs], 1.0)
        opt.step()
        step, pieces = step + 1, pieces + int(batch[1].sum())
        for k, v in losses.items():
            mean[k] = 0.98 * mean.get(k, v.detach()) + 0.02 * v.detach()
        now = time.time()
        spent, last = spent + min(now - last, 60), now
        halt = stop.is_set()
        if workers > 1 and now - joined > JOIN:
            spent, halt = together(master, spent, halt, workers)
            joined = last = time.time()
            done = halt or spent >= total
        else:
            done = workers == 1 and (halt or spent >= total)
        with torch.no_grad():
            torch._foreach_copy_([p for _, p in pairs], [m for m, _ in pairs])
        saves = done or now - saved > every
        if saves or step % 50 == 0:  # a GPU is asked, and waited for, seldom
            said = {k: v.item() for k, v in mean.items()}
            if not all(map(math.isfinite, said.values())):
                raise FloatingPointError(f"loss is not finite at step {step}")
            if rank == 0:
                print(f"step {step} {spent / 60:.1f} min {pieces} pieces " + " ".join(f"{k} {v:.4f}" for k, v in said.items()), flush=True)
        if rank == 0 and saves:
            save(path, master, opt, step, spent)
            saved = now
        if done:
            break


def together(master: Cordon, spent: float, halt: bool, workers: int) -> tuple[float, bool]:
    """Averages the workers' weights; all of them agree on the time spent and on whether to stop."""
    live = [p for p in master.parameters() if p.requires_grad]
    with torch.no_grad():
        flat = torch.cat([p.reshape(-1) for p in live] + [torch.tensor([spent, float(halt)])])
        dist.all_reduce(flat)
        flat /= workers
        for p, part in zip(live, flat[:-2].split([p.numel() for p in live])):
            p.copy_(part.view_as(p))
    return float(flat[-2]), float(flat[-1]) > 0


def save(path: Path, model, opt, step, spent):
    part = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "step": step, "spent": spent}, part)
    part.replace(path)
