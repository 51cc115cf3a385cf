"""A forward pass in numpy with the weights of a safetensors file, apart from the program that wrote it.

Usage: forward.py WEIGHTS INPUTS. INPUTS has little-endian f32, sample after sample. The layers are those of the configuration in the file's
metadata. Prints {"arrays": {name: shape}, "step": n, "probabilities": [...]} as JSON; computed in float64.
"""
import json
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

weights = {name: array.astype(np.float64) for name, array in load_file(sys.argv[1]).items()}
with safe_open(sys.argv[1], "numpy") as file:
    metadata = file.metadata()
config = json.loads(metadata["config"])
samples = np.fromfile(sys.argv[2], "<f4").astype(np.float64)
x = samples.reshape(-1, 1, 28, 28) if config["data"]["name"] == "digits" else samples.reshape(-1, 2)


def conv2d(x, kernel, bias, stride, padding):
    _, _, rows, columns = kernel.shape
    if padding == "same":
        x = np.pad(x, ((0, 0), (0, 0), (rows // 2,) * 2, (columns // 2,) * 2))
    windows = np.lib.stride_tricks.sliding_window_view(x, (rows, columns), (2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwrs,fcrs->nfhw", windows, kernel) + bias[None, :, None, None]


def pool(x, size, how):
    height, width = x.shape[2] // size, x.shape[3] // size
    return how(x[:, :, : height * size, : width * size].reshape(*x.shape[:2], height, size, width, size), (3, 5))


counts = {}
for layer in config["model"]["layers"] + [{"type": "output"}]:
    kind = layer["type"]
    counts[kind] = counts.get(kind, 0) + 1
    name = kind if kind == "output" else f"{kind}_{counts[kind]}"
    array = lambda role: weights[f"{name}/{role}"]
    if kind in ("dense", "output"):
        x = x.reshape(len(x), -1) @ array("kernel") + array("bias")
    elif kind == "conv2d":
        x = conv2d(x, array("kernel"), array("bias"), layer.get("stride", 1), layer.get("padding", "valid"))
    elif kind == "batch_norm":
        shape = (1, -1) + (1,) * (x.ndim - 2)
        scale = array("gamma") / np.sqrt(array("running_variance") + 1e-5)
        x = (x - array("running_mean").reshape(shape)) * scale.reshape(shape) + array("beta").reshape(shape)
    elif kind == "relu":
        x = np.maximum(x, 0)
    elif kind == "tanh":
        x = np.tanh(x)
    elif kind == "max_pool2d":
        x = pool(x, layer["size"], np.max)
    elif kind == "avg_pool2d":
        x = pool(x, layer["size"], np.mean)
    elif kind == "flatten":
        x = x.reshape(len(x), -1)
    elif kind != "dropout":
        raise SystemExit(f"forward.py does not know the layer {kind}")
if config.get("loss", "cross_entropy") == "cross_entropy":
    e = np.exp(x - x.max(axis=1, keepdims=True))
    x = e / e.sum(axis=1, keepdims=True)
else:
    x = 1 / (1 + np.exp(-x))
    x = np.concatenate([1 - x, x], axis=1)
json.dump({"arrays": {name: list(a.shape) for name, a in weights.items()}, "step": int(metadata["step"]), "probabilities": x.ravel().tolist()}, sys.stdout)
