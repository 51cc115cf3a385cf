"""Reads event files with TensorBoard's own reader and prints what is in them as JSON.

Usage: read_events.py FOLDER. For each folder of event files in it: every scalar as [step, wall time, value as the bits of a float32], every
histogram as [step, wall time, num, [bucket counts], [bucket limits]]. Read twice: by the plain `EventAccumulator`, and by the one that
TensorBoard's server uses, which turns both kinds into tensors; they must agree.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.util import tensor_util

ALL = {"scalars": 0, "histograms": 0, "tensors": 0, "compressedHistograms": 0, "images": 0, "audio": 0}


def bits(value):
    return struct.unpack("<I", struct.pack("<f", value))[0]


out = {}
for folder in sorted({path.parent for path in Path(sys.argv[1]).rglob("*tfevents*")}):
    plain = event_accumulator.EventAccumulator(str(folder), size_guidance=ALL)
    plain.Reload()
    server = plugin_event_accumulator.EventAccumulator(str(folder), size_guidance=ALL)
    server.Reload()
    tags = plain.Tags()
    assert sorted(server.Tags()["tensors"]) == sorted(tags["scalars"] + tags["histograms"]), server.Tags()
    scalars, histograms = {}, {}
    for tag in tags["scalars"]:
        scalars[tag] = [[event.step, event.wall_time, bits(event.value)] for event in plain.Scalars(tag)]
        again = [[event.step, event.wall_time, bits(tensor_util.make_ndarray(event.tensor_proto).item())] for event in server.Tensors(tag)]
        assert [row[:2] for row in scalars[tag]] == [row[:2] for row in again], tag
        assert all(a[2] == b[2] or np.isnan(np.array([a[2]], "<u4").view("<f4"))[0] for a, b in zip(scalars[tag], again)), tag
    for tag in tags["histograms"]:
        events = plain.Histograms(tag)
        histograms[tag] = [
            [event.step, event.wall_time, event.histogram_value.num, list(event.histogram_value.bucket), list(event.histogram_value.bucket_limit)]
            for event in events
        ]
        again = [tensor_util.make_ndarray(event.tensor_proto) for event in server.Tensors(tag)]
        assert [row[:, 2].sum() for row in again] == [row[2] for row in histograms[tag]], tag
    out[folder.name] = {"fileVersion": plain.file_version, "scalars": scalars, "histograms": histograms}
json.dump(out, sys.stdout)
