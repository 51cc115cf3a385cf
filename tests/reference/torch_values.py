"""Reference values for src/train, from PyTorch in double precision.

    pip install torch==2.15.0 && python tests/reference/torch_values.py

writes torch_values.json beside this file; tests/maths compares every device with it. All inputs are numbers that an f32
holds exactly, so that what differs is the computation and not its input.
"""

import json
import pathlib
import random

import torch
from torch.nn import functional

torch.set_default_dtype(torch.float64)


def f32(values):
    """`values` rounded to what an f32 holds, as doubles."""
    return torch.tensor(values, dtype=torch.float32).to(torch.float64)


# --- Optimisers: 20 steps, seven weights, a learning rate that changes. -------------------------------------------------

STEPS = 20
# Gradients from ordinary to so small that epsilon decides; the last weight gets none at all but at two steps.
SCALES = [1.0, 1e-2, 1e-4, 1e-6, 1e-6, 1e-8, 0.0]
START = [0.5, -0.25, 0.01, 0.0, 0.0, 0.0, 0.0]
# A fall and a rise, as schedules and callbacks make them.
RATES = [0.01] * 6 + [0.002] * 6 + [0.0301, 0.0203, 0.0405] + [0.005] * 5


def gradients():
    draw = random.Random(7)
    rows = []
    for step in range(STEPS):
        row = [scale * draw.uniform(-1, 1) for scale in SCALES]
        row[4] = abs(row[4])
        row[6] = 0.3 if step in (4, 11) else 0.0
        rows.append(f32(row).tolist())
    return rows


def optimizers():
    rows = gradients()
    adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
    torch_adam = {"betas": (0.9, 0.999), "eps": 1e-7}
    kinds = [
        ({"name": "sgd", "momentum": 0.0}, lambda p: torch.optim.SGD(p, lr=1.0)),
        ({"name": "sgd", "momentum": 0.9}, lambda p: torch.optim.SGD(p, lr=1.0, momentum=0.9)),
        ({"name": "adam", **adam}, lambda p: torch.optim.Adam(p, lr=1.0, **torch_adam)),
        ({"name": "adam_w", **adam, "weightDecay": 0.01}, lambda p: torch.optim.AdamW(p, lr=1.0, weight_decay=0.01, **torch_adam)),
        ({"name": "rmsprop", "rho": 0.9, "epsilon": 1e-7}, lambda p: torch.optim.RMSprop(p, lr=1.0, alpha=0.9, eps=1e-7)),
    ]
    runs = []
    for spec, make in kinds:
        weights = torch.nn.Parameter(f32(START))
        optimizer = make([weights])
        after = []
        for rate, gradient in zip(RATES, rows):
            optimizer.param_groups[0]["lr"] = rate
            weights.grad = torch.tensor(gradient)
            optimizer.step()
            after.append(weights.detach().tolist())
        runs.append({"spec": {**spec, "learningRate": RATES[0]}, "weights": after})
    return {"start": f32(START).tolist(), "rates": RATES, "gradients": rows, "runs": runs}


# --- Activations: value and slope at kinks, at zero and where they saturate. ---------------------------------------------

POINTS = [0.0, 1e-30, -1e-30, 1e-3, -1e-3, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 6.0, -6.0, 20.0, -20.0, 100.0, -100.0, 1e4, -1e4, 1e13, -1e13]


def activations():
    kinds = [
        ({"type": "relu"}, functional.relu),
        ({"type": "leaky_relu", "slope": 0.25}, lambda x: functional.leaky_relu(x, 0.25)),
        ({"type": "tanh"}, torch.tanh),
        ({"type": "sigmoid"}, torch.sigmoid),
        ({"type": "gelu"}, functional.gelu),
    ]
    points = f32(POINTS).tolist()
    cases = []
    for layer, function in kinds:
        values, slopes = [], []
        for point in points:
            x = torch.tensor(point, requires_grad=True)
            y = function(x)
            y.backward()
            values.append(y.item())
            slopes.append(x.grad.item())
        cases.append({"layer": layer, "values": values, "slopes": slopes})
    return {"points": points, "cases": cases}


# --- Losses of one sample: value and slope for each output. ---------------------------------------------------------------

LOGITS = [
    [0.0, 0.0, 0.0],
    [1.0, 1.0, -2.0],
    [0.5, -1.5, 3.0],
    [20.0, 0.0, -20.0],
    [100.0, -100.0, 100.0],
    [1e4, -1e4, 0.0],
    [1e30, 0.0, -1e30],
]


def losses():
    cases = []
    for logits in LOGITS:
        for label in range(3):
            x = f32(logits).requires_grad_()
            loss = functional.cross_entropy(x[None], torch.tensor([label]))
            loss.backward()
            cases.append(
                {"loss": "cross_entropy", "outputs": x.tolist(), "label": label, "value": loss.item(), "slopes": x.grad.tolist()}
            )
    for point in POINTS:
        for label in range(2):
            x = f32([point]).requires_grad_()
            loss = functional.binary_cross_entropy_with_logits(x, torch.tensor([float(label)]))
            loss.backward()
            # PyTorch, at 1e13: the sigmoid of what a double holds, exactly 0 or 1.
            cases.append(
                {"loss": "binary_cross_entropy", "outputs": x.tolist(), "label": label, "value": loss.item(), "slopes": x.grad.tolist()}
            )
    return cases


# --- Max pool where all, or two, of a window are the largest. -------------------------------------------------------------


def max_pool():
    """1x1 convolution of two channels, max pool 2, flatten, two classes: which place of a window gets the gradient is seen
    in the gradient of the convolution's second weight."""
    draw = random.Random(3)
    first = [[3, 1, 2, 2], [3, 3, 2, 2], [0, 5, 1, 4], [5, 0, 4, 4]]
    second = [[draw.choice([-1, 1]) * (0.5 + 0.25 * (4 * row + column)) for column in range(4)] for row in range(4)]
    inputs = f32([first, second])[None]
    output = f32([[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25], [1.0, 0.5]])
    cases = []
    for kernel in ([0.0, 0.0], [1.0, 0.0], [-1.0, 0.0]):
        weight = f32(kernel).reshape(1, 2, 1, 1).requires_grad_()
        pooled = functional.max_pool2d(functional.conv2d(inputs, weight), 2)
        loss = functional.cross_entropy(pooled.flatten(1) @ output, torch.tensor([1]))
        loss.backward()
        cases.append({"kernel": kernel, "loss": loss.item(), "gradient": weight.grad.flatten().tolist()})
    return {"inputs": inputs.flatten().tolist(), "output": output.flatten().tolist(), "label": 1, "cases": cases}


# --- Batch norm: outputs, gradients and running statistics over three batches, one feature constant. -----------------------


def batch_norm(images):
    """Of vectors: dense (its third unit is the same for all samples), batch norm, output. Of images: batch norm, output."""
    draw = random.Random(11 if images else 5)
    uniform = lambda count: f32([draw.uniform(-1, 1) for _ in range(count)])
    features, samples = (2, 3) if images else (3, 4)
    gamma, beta = (f32([1.5, -0.5, 2.0])[:features].requires_grad_(), f32([0.25, -1.0, 0.5])[:features].requires_grad_())
    kernel = uniform(6).reshape(2, 3)
    kernel[:, 2] = 0.0
    kernel.requires_grad_()
    bias = f32([0.5, -0.25, 0.75]).requires_grad_()
    width = 8 if images else 3
    output = uniform(width * 2).reshape(width, 2).requires_grad_()
    mean, variance = torch.zeros(features), torch.ones(features)
    weights = ([] if images else [kernel, bias]) + [gamma, beta, output]

    def forward(inputs, training):
        x = inputs.reshape(samples, 2, 2, 2) if images else inputs.reshape(samples, 2) @ kernel + bias
        x = functional.batch_norm(x, mean, variance, gamma, beta, training, momentum=0.1, eps=1e-5)
        return x.flatten(1) @ output

    batches = []
    for _ in range(3):
        inputs = uniform(samples * (8 if images else 2)) * 3
        if images:
            # The first channel is the same in the whole batch.
            inputs = inputs.reshape(samples, 2, 4)
            inputs[:, 0] = 0.625
            inputs = inputs.flatten()
        inputs = f32(inputs.tolist())
        labels = torch.tensor([index % 2 for index in range(samples)])
        outputs = forward(inputs, True)
        loss = functional.cross_entropy(outputs, labels)
        gradients = torch.autograd.grad(loss, weights)
        batches.append(
            {
                "inputs": inputs.tolist(),
                "labels": labels.tolist(),
                "loss": loss.item(),
                "outputs": outputs.detach().flatten().tolist(),
                "gradients": [gradient.flatten().tolist() for gradient in gradients],
                "mean": mean.tolist(),
                "variance": variance.tolist(),
                "evaluated": forward(inputs, False).detach().flatten().tolist(),
            }
        )
    return {"images": images, "weights": [weight.detach().flatten().tolist() for weight in weights], "batches": batches}


def main():
    values = {
        "torch": torch.__version__.split("+")[0],
        "optimizers": optimizers(),
        "activations": activations(),
        "losses": losses(),
        "maxPool": max_pool(),
        "batchNorm": [batch_norm(False), batch_norm(True)],
    }
    lines = ",\n".join(f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'), allow_nan=False)}" for name, value in values.items())
    pathlib.Path(__file__).with_suffix(".json").write_text("{" + lines + "}\n")


main()
