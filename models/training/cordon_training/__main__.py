"""Command line: fetch, generate, train, evaluate, export."""

import argparse
import json
import os
import random
from pathlib import Path

TRAINING = Path(__file__).resolve().parents[1]
# hand-written records to tune on, whole records and short texts
NATURAL = [TRAINING / "eval/dev.jsonl", TRAINING / "eval/queries.jsonl"]
MODELS = TRAINING.parent


def parser() -> argparse.ArgumentParser:
    ap = argparse.ArgumentParser(prog="cordon_training", description=__doc__)
    sub = ap.add_subparsers(dest="command", required=True)
    c = sub.add_parser("fetch", help="get the public sources, or point at an unpacked copy")
    c.add_argument("--data", type=Path, required=True)
    c.add_argument("--unpacked", type=Path)
    c = sub.add_parser("generate", help="write generated records of one split as JSON lines")
    c.add_argument("--data", type=Path)
    c.add_argument("--split", choices=["train", "dev", "held"], default="train")
    c.add_argument("--count", type=int, default=1000)
    c.add_argument("--seed", type=int, default=7)
    c.add_argument("--out", type=Path, required=True)
    c = sub.add_parser("train", help="train or go on training")
    c.add_argument("--work", type=Path, required=True, help="folder for checkpoints")
    c.add_argument("--data", type=Path, help="public sources (corpora/, files/); without it only generated records")
    c.add_argument("--minutes", type=float, default=60)
    c.add_argument("--seed", type=int, default=7)
    c.add_argument("--lr", type=float, default=1.5e-4)
    c.add_argument("--workers", type=int, default=1, help="processes of one thread each that train together")
    c.add_argument("--init", type=Path, help="weights to start from: checkpoint.pt of another run, or an exported model.safetensors")
    c.add_argument("--device", default=None)
    c.add_argument("--tokens", type=int, default=2048, help="word pieces per batch")
    c.add_argument("--frozen", type=int, default=0, help="lower layers that stay as they are: faster, for going on from trained weights")
    c.add_argument("--words", action="store_true", help="the word embeddings learn too")
    c.add_argument("--twice", action="store_true", help="read each window twice and let the two answers agree (R-Drop): half as fast; not compared yet")
    c.add_argument("--feeders", type=int, help="processes that write batches for a GPU; all cores but one unless told")
    c = sub.add_parser("evaluate", help="measure the exported model")
    c.add_argument("--model", type=Path, default=MODELS / "cordon-base")
    c.add_argument("--data", type=Path)
    c.add_argument("--count", type=int, default=800)
    c.add_argument("--errors", type=int, default=0)
    c.add_argument("--blind", action="store_true", help="also the blind hand-written set: only for a final report, never to tune by")
    c.add_argument("--out", type=Path)
    c = sub.add_parser("confidence", help="fit the confidence of detections, with the built product")
    c.add_argument("--cordon", type=Path, required=True, help="the program, such as target/release/cordon")
    c.add_argument("--folder", type=Path, default=MODELS / "cordon-base")
    c.add_argument("--gold", type=Path, nargs="+", default=NATURAL)
    c.add_argument("--least", type=float, default=0.02, help="detections below this confidence are dropped before the product weighs them")
    c = sub.add_parser("export", help="calibrate a checkpoint and write the model folder")
    c.add_argument("--checkpoint", type=Path, nargs="+", required=True, help="of several, of runs that began from each other, the mean is taken")
    c.add_argument("--data", type=Path)
    c.add_argument("--folder", type=Path, default=MODELS / "cordon-base")
    c.add_argument("--natural", type=Path, nargs="+", default=NATURAL, help="hand-written development records, for the class")
    c.add_argument("--dev", type=int, default=300, help="generated dev records to calibrate on")
    return ap


def main() -> None:
    args = parser().parse_args()
    if args.command == "fetch":
        from .sources import fetch

        fetch(args.data, args.unpacked)
    elif args.command == "generate":
        from .grammar import World
        from .record import compose

        world, rng = World(args.split, args.data and args.data / "files"), random.Random(args.seed)
        with args.out.open("w", encoding="utf-8") as f:
            for i in range(args.count):
                f.write(json.dumps({"id": f"{args.split}-{i}"} | compose(world, rng), ensure_ascii=False) + "\n")
    elif args.command == "train":
        import torch

        from .train import train

        device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
        feeders = (0 if device == "cpu" else max(1, os.cpu_count() - 1)) if args.feeders is None else args.feeders
        train(args.work, args.data, args.minutes, args.seed, args.lr, args.workers, args.init, device, args.tokens, args.frozen, args.words, args.twice, feeders)
    elif args.command == "evaluate":
        from . import evaluate
        from .export import load_model

        model, tok, config = load_model(args.model)
        text = evaluate.run(model, tok, config, args.data, TRAINING, args.count, args.errors, args.blind)
        if args.out:
            args.out.write_text(text, encoding="utf-8")
    elif args.command == "confidence":
        import datetime

        from .confidence import calibrate

        calibrate(args.folder, args.cordon, args.gold, args.least, datetime.date.today().isoformat())
    else:
        import torch

        from . import evaluate, natural
        from .export import add_natural, export, refit
        from .features import load_tokenizer
        from .grammar import World
        from .grid import settle
        from .model import Cordon, mean
        from .pairs import fit
        from .predict import read

        model = Cordon(0.0)
        model.load_state_dict(mean([torch.load(path, map_location="cpu")["model"] for path in args.checkpoint]))
        model.eval()
        tok = load_tokenizer()
        settle(model, tok, [d["text"] for d in natural.records()[::40]])
        development = [doc for path in args.natural for doc in evaluate.load(path)]
        solved = refit(model, tok, args.data)
        world, rng = World("train", args.data and args.data / "files"), random.Random(9)
        varied = [natural.varied(d, world.names, rng) for d in natural.records()]
        model.class_pairs = fit(tok, natural.records() + varied + evaluate.made("train", 2000, 9, args.data))
        docs = evaluate.made("dev", args.dev, 5, args.data) + development
        calibration = evaluate.calibrate(docs, read(model, tok, [d["text"] for d in docs]))
        calibration["class_temperature"] = add_natural(model, tok, development, natural.records()[::4], natural.records(held=True), *solved)
        print(calibration)
        export(model, args.folder, calibration)


if __name__ == "__main__":
    main()
