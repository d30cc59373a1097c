"""Writes the model folder that the product embeds: weights, tokenizer, config, parity file, manifest."""

import copy
import datetime
import hashlib
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from .data import stream
from .features import CLS, IGNORE, SEP, load_tokenizer, pieces
from .grid import settle_heads
from .model import Cordon, from_base, pooled
from .packing import numbers, packed
from .pairs import Pairs, places
from .predict import read
from .schema import BASE_MODEL, BASE_SHA256, CLASSES, CONFIG, LABELS, TYPES
from .train import class_loss

PARITY_TEXTS = [
    "Patient Maria Lopez, MRN 4478812, was seen on 3/4/24 by Dr. O'Neill.",
    "ACCT HOLDER:\tJOHN Q. PUBLIC\r\nCARD 4111 1111 1111 1111   EXP 09/27\n\nBalance due $1,204.55",
    "please call my husband dwayne at 555-0142 after 5 pm, thanks",
    "Zoë Müller-Łukasz (née Ångström), Straße 12, 10115 Berlin — IBAN DE89 3704 0044 0532 0130 00",
    "What is the first-line treatment for community-acquired pneumonia in adults?",
    "  PID|1||MR-0091^^^HOSP||NGUYEN^THI^A||19810709|F\nOBX|1|NM|718-7^Hgb||13.2|g/dL",
]


def refit(model: Cordon, tok, data: Path | None, batches: int = 50):
    """Solves the two linear heads over the pooled pieces, held near the trained ones: the class, and the base model's embedding."""
    teacher, xs, ts, ys = from_base().eval(), [], [], []
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for (ids, mask, shapes, gaps, _, cls), _ in zip(stream(tok, data, 77), range(batches)):
            xs.append(pooled(model.hidden(ids, mask, shapes, gaps).float(), mask))
            ts.append(F.normalize(pooled(teacher.hidden(ids, mask).float(), mask), dim=-1))
            ys.append(cls)
    x, t, y = torch.cat(xs), torch.cat(ts), torch.cat(ys)
    refit_embedding(model.embed, x, t)
    refit_class(getattr(model, "class"), x[y != IGNORE], y[y != IGNORE])
    return x[y != IGNORE], y[y != IGNORE]


def add_natural(model: Cordon, tok, docs: list[dict], trained: list[dict], held: list[dict], x, y, times: int = 6, folds: int = 5) -> float:
    """Solves the class head once more with hand-written records among the generated ones: those that the encoder was `trained`
    on, and the development records `docs`, each as many times. Gives the temperature that makes its answers probabilities, measured
    on what a head did not see: each fifth of the development records, and the records that are `held` back from training."""
    def seen_as(docs):
        docs = [d for d in docs if d.get("class")]
        rows = torch.stack([torch.tensor(r.mean) for r in read(model, tok, [d["text"] for d in docs])])
        return rows, torch.tensor([CLASSES.index(d["class"]) for d in docs])

    def words(docs):
        return model.class_pairs([places(pieces(tok, d["text"])) for d in docs if d.get("class")])

    rows, known = seen_as(docs)
    more = seen_as(trained)
    x, y = torch.cat([x, more[0]]), torch.cat([y, more[1]])
    head, seen = getattr(model, "class"), torch.zeros(len(rows), len(CLASSES))
    print(f"class of development records: {100 * (head(rows).argmax(1) == known).float().mean():.1f} % before")

    def solve(into, some) -> None:
        refit_class(into, torch.cat([x, rows[some].repeat(times, 1)]), torch.cat([y, known[some].repeat(times)]))

    for fold in range(folds):
        out = torch.arange(len(rows)) % folds == fold
        part = copy.deepcopy(head)
        solve(part, ~out)
        seen[out] = part(rows[out]).detach()
    solve(head, slice(None))
    unseen = seen_as(held)
    of_words, right = torch.cat([words(docs), words(held)]), torch.cat([known, unseen[1]])
    alone = torch.cat([seen, head(unseen[0]).detach()])
    left = torch.arange(len(right)) < len(known)
    for share in (0, 0.5, 1, 1.5, 2):
        hit = ((alone + share * of_words).argmax(1) == right).float()
        print(f"class with words at {share}: {100 * hit[left].mean():.1f} % of {len(known)} left out, {100 * hit[~left].mean():.1f} % of {len(unseen[1])} held back")
    seen, known = alone + of_words, right
    return min([round(0.3 + 0.05 * n, 2) for n in range(40)], key=lambda t: float(F.cross_entropy(seen / t, known)))


@torch.no_grad()
def refit_embedding(head, x, t, keep: float = 0.02) -> None:
    x = torch.cat([x, torch.ones(len(x), 1)], 1)
    old = torch.cat([head.weight, head.bias[:, None]], 1)
    y = x @ old.T
    rest = t * ((y * t).sum() / (t * t).sum()) - y
    gram = x.T @ x
    new = old + torch.linalg.solve(gram + keep * gram.diagonal().mean() * torch.eye(len(gram)), x.T @ rest).T
    print(f"cosine to the base model: {F.cosine_similarity(y, t).mean():.3f}, refitted {F.cosine_similarity(x @ new.T, t).mean():.3f} on {len(x)} windows")
    head.weight.copy_(new[:, :-1])
    head.bias.copy_(new[:, -1])


def refit_class(head, x, y, keep: float = 0.01) -> None:
    old = [p.detach().clone() for p in head.parameters()]
    opt = torch.optim.LBFGS(head.parameters(), max_iter=60, line_search_fn="strong_wolfe")

    def loss():
        opt.zero_grad()
        value = class_loss(head(x), y) + keep * sum(((p - q) ** 2).sum() for p, q in zip(head.parameters(), old))
        value.backward()
        return value

    print(f"class loss {loss():.3f}, ", end="")
    opt.step(loss)
    print(f"refitted {loss():.3f} on {len(x)} windows")


def one(tok, text: str):
    p = pieces(tok, text)
    ids, shapes, gaps = [CLS, *p.ids, SEP], [0, *p.shapes, 0], [0, *p.gaps, 0]
    return p, [torch.tensor([x]) for x in (ids, shapes, gaps)]


def parity(model: Cordon, tok) -> list[dict]:
    out = []
    for text in PARITY_TEXTS:
        p, (ids, shapes, gaps) = one(tok, text)
        mask = torch.ones_like(ids, dtype=torch.bool)
        with torch.no_grad():
            x = model.hidden(ids, mask, shapes, gaps)
            mean = pooled(x, mask)[0]
            said = getattr(model, "class")(mean) + (model.class_pairs([places(p)])[0] if hasattr(model, "class_pairs") else 0)
            tag, cls = model.tags(x)[0].argmax(-1), said.argmax()
            sentence = F.normalize(model.embed(mean), dim=-1)
        out.append({
            "text": text, "ids": ids[0].tolist(), "shapes": shapes[0].tolist(), "gaps": gaps[0].tolist(),
            "tags": [LABELS[i] for i in tag.tolist()], "class": CLASSES[int(cls)],
            "mean_pooled": [round(v, 6) for v in mean[:8].tolist()], "embedding": [round(v, 6) for v in sentence[:8].tolist()],
        })
    return out


def export(model: Cordon, folder: Path, calibration: dict | None = None, trained: str | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    settle_heads(model)
    weights = packed(model.state_dict())
    part = folder / "model.part"
    save_file(weights, part, metadata={"format": "pt"})
    part.chmod(0o644)
    part.replace(folder / "model.safetensors")
    tok = load_tokenizer()
    tok.save(str(folder / "tokenizer.json"), pretty=False)
    config = dict(CONFIG)
    config.update(calibration or {"tag_temperature": 1.0, "class_temperature": 1.0, "thresholds": {t: 0.5 for t in TYPES}})
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "parity.json").write_text(json.dumps(parity(loaded(weights), tok), indent=1, ensure_ascii=False) + "\n")
    manifest(folder, trained or datetime.date.today().isoformat())


def manifest(folder: Path, trained: str) -> None:
    lines = [
        "[[model]]", 'id = "cordon-base"', 'architecture = "cordon-bert"', 'licence = "Apache-2.0"', f'base = "{BASE_MODEL}"',
        f'base_revision = "sha256:{BASE_SHA256}"', f'trained = "{trained}"', 'folder = "cordon-base"',
    ]
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        data = (folder / name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        lines += ["", "[[model.files]]", f'path = "{name}"', f"size = {len(data)}", f'sha256 = "{digest}"']
    (folder.parent / "manifest.toml").write_text("\n".join(lines) + "\n")


def loaded(weights: dict) -> Cordon:
    model = Cordon(0.0)
    if "class_pairs.weight" in weights:
        model.class_pairs = Pairs()
    model.load_state_dict({k: v for k, v in numbers(weights).items() if not k.endswith(".spread")})
    return model.eval().requires_grad_(False)


def load_model(folder: Path):
    """The exported model as the product sees it: f32 arithmetic on the weights of the file."""
    return loaded(load_file(folder / "model.safetensors")), load_tokenizer(folder / "tokenizer.json"), json.loads((folder / "config.json").read_text())
