"""A sentence encoder, run by onnxruntime from a folder on this machine: a text becomes a vector of length 1.

The folder holds `model.onnx`, `tokenizer.json` (Hugging Face's format) and `encoder.json`, see `EncoderFacts`. Nothing
is downloaded here; `conductor nlu encoder add` puts the folder in place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import ConductorError

MODEL, TOKENIZER, FACTS = "model.onnx", "tokenizer.json", "encoder.json"
LONGEST = 128
"""Tokens that are read, unless the folder says otherwise: a question, not a letter."""
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class EncoderFacts:
    """What `encoder.json` says. `pooling`: "mean" over the words, or "cls", the first. `prefix` goes before each text
    (E5 wants "query: "). `languages`: those it was trained for; empty: unknown. `longest`: tokens read."""

    name: str
    pooling: str = "mean"
    prefix: str = ""
    languages: tuple[str, ...] = ()
    longest: int = LONGEST

    @classmethod
    def read(cls, folder: Path) -> EncoderFacts:
        """Raises ConductorError when the folder is no encoder, with what is missing."""
        missing = [name for name in (MODEL, TOKENIZER) if not (folder / name).is_file()]
        if missing:
            raise ConductorError(
                f"'{folder}' holds no {' and no '.join(missing)}.",
                mend="An encoder's folder holds model.onnx and tokenizer.json (docs/how-to/understand-customers.md).",
            )
        path = folder / FACTS
        try:
            said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
            languages = tuple(str(code) for code in said.get("languages", ()))
            facts = cls(
                name=str(said.get("name") or folder.name),
                pooling=str(said.get("pooling", "mean")),
                prefix=str(said.get("prefix", "")),
                languages=languages,
                longest=int(said.get("longest", LONGEST)),
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise ConductorError(f"'{path}' is no JSON object of an encoder: {error}") from error
        if facts.pooling not in ("mean", "cls") or not 8 <= facts.longest <= 512:
            raise ConductorError(f"'{path}': pooling is mean or cls, longest 8 to 512.")
        return facts


class SentenceEncoder:
    """A loaded encoder. One thread: a server answers many customers at once, and a text takes 3 ms."""

    def __init__(self, folder: Path) -> None:
        """Load it. Raises ConductorError when the folder or its files are not what they should be."""
        import onnxruntime
        from tokenizers import Tokenizer

        self.folder = folder
        self.facts = EncoderFacts.read(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / MODEL), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as error:  # onnxruntime and tokenizers raise classes of their own, each another
            raise ConductorError(f"The encoder in '{folder}' can't be loaded: {error}") from error
        self._tokenizer.enable_truncation(self.facts.longest)
        self._tokenizer.no_padding()
        self._inputs = {given.name for given in self._session.get_inputs()}

    def vector(self, text: str) -> Floats:
        """The text's vector, of length 1."""
        found = self._tokenizer.encode(self.facts.prefix + text)
        ids = np.array([found.ids], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, {name: given[name] for name in given if name in self._inputs})[0][0]
        if states.ndim == 2:
            states = states[0] if self.facts.pooling == "cls" else states.mean(axis=0)
        return np.asarray(states / (np.linalg.norm(states) or 1.0), dtype=np.float32)

    def vectors(self, texts: Sequence[str]) -> Floats:
        """One row a text. One by one: in a batch the dynamic 8-bit scales would depend on the neighbours."""
        return np.stack([self.vector(text) for text in texts])


def digest(folder: Path) -> str:
    """SHA-256 over the encoder's files: a model trained with one encoder never meets another."""
    total = hashlib.sha256()
    for name in (MODEL, TOKENIZER, FACTS):
        path = folder / name
        total.update(name.encode())
        total.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"-")
    return total.hexdigest()
