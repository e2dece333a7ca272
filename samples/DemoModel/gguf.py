"""Writes GGUF version 3, and quantizes to Q8_0, as ggml's specification defines them."""

import struct

import numpy as np

ALIGNMENT = 32
F32, Q8_0 = 0, 8
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
BLOCK = 32


def quantize_q8_0(matrix):
    """[rows, columns] -> blocks of 32 weights along a row: a float16 scale d = amax / 127, then 32 int8 codes."""
    x = np.ascontiguousarray(matrix, np.float32).reshape(-1, BLOCK)
    d = np.abs(x).max(axis=1, keepdims=True) / np.float32(127)
    inverse = np.divide(np.float32(1), d, out=np.zeros_like(d), where=d > 0)  # from d before it is rounded to float16
    scaled = x * inverse
    codes = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))  # half away from zero
    blocks = np.empty(len(x), np.dtype([("d", "<f2"), ("codes", "i1", BLOCK)]))
    blocks["d"], blocks["codes"] = d[:, 0], codes
    return blocks


def dequantize_q8_0(blocks, shape):
    return (blocks["d"].astype(np.float32)[:, None] * blocks["codes"].astype(np.float32)).reshape(shape)


def store(tensors):
    """name -> (type, shape, stored array): matrices as Q8_0, vectors as F32."""
    return {
        name: (Q8_0, x.shape, quantize_q8_0(x)) if x.ndim == 2 else (F32, x.shape, x.astype("<f4"))
        for name, x in tensors.items()}


def load(stored):
    """What a reader of the file computes with."""
    return {
        name: dequantize_q8_0(data, shape) if kind == Q8_0 else data
        for name, (kind, shape, data) in stored.items()}


def text(s):
    data = s.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def value(kind, x):
    if kind == ARRAY:
        of, items = x
        return struct.pack("<IQ", of, len(items)) + b"".join(value(of, item) for item in items)
    if kind == STRING:
        return text(x)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}[kind], x)


def padded(data):
    return data + bytes(-len(data) % ALIGNMENT)


def write(path, metadata, stored):
    """metadata: key -> (kind, value), an array's value being (kind of items, items); stored: from `store`."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(stored), len(metadata))
    for key, (kind, x) in metadata.items():
        head += text(key) + struct.pack("<I", kind) + value(kind, x)
    body = b""
    for name, (kind, shape, data) in stored.items():
        dimensions = shape[::-1]  # GGUF names the contiguous dimension first
        head += text(name) + struct.pack("<I", len(dimensions)) + struct.pack(f"<{len(dimensions)}Q", *dimensions)
        head += struct.pack("<IQ", kind, len(body))
        body += padded(data.tobytes())
    with open(path, "wb") as file:
        file.write(padded(head) + body)
