"""A file that is not what it should be is named for what it is."""

import io
import zipfile

import numpy as np
import pytest
import torch

from qrnn_hw.export.files.file_kind import foreign_kind

HEADER = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'


def archive(*names, content="x", packing=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as file:
        for name in names:
            file.writestr(name, content)
    return stream.getvalue()


def npz():
    stream = io.BytesIO()
    np.savez(stream, x=np.arange(3))
    return stream.getvalue()


def npy():
    stream = io.BytesIO()
    np.save(stream, np.arange(3))
    return stream.getvalue()


KINDS = {
    "empty": (b"", "an empty file"),
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:a\n",
        "a pointer of Git LFS, and not the file: `git lfs pull` gets it",
    ),
    "hdf5": (b"\x89HDF\r\n\x1a\n\x00\x00", "an HDF5 file, as Keras writes them"),
    "keras": (archive("metadata.json", "config.json", "model.weights.h5"), "a model of Keras"),
    "npy": (npy(), "a single array (.npy)"),
    "npz": (npz(), "an .npz of NumPy"),
    "gguf": (b"GGUF\x03\x00\x00\x00", "GGUF, a language model"),
    "lite": (b"\x1c\x00\x00\x00TFL3\x14\x00", "TensorFlow Lite"),
    "onnx": (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\xa2\x01", "ONNX"),
    "onnx-bare": (b"\x08\x07:\x1f\n\x0c", "ONNX"),
    "safetensors": (len(HEADER).to_bytes(8, "little") + HEADER + bytes(4), "safetensors"),
    "gzip": (b"\x1f\x8b\x08\x00", "packed"),
    "tar": (b"a" + bytes(256) + b"ustar\x0000", "a tar archive"),
    "page": (b"\xef\xbb\xbf\n<!DOCTYPE HTML><html>", "a web page"),
    "page-small": (b"<html><head>", "a web page"),
    "xml": (b'<?xml version="1.0"?><Error/>', "a web page"),
    "json": (b'{"format": "qrnn-hw integer model"}', "JSON"),
    "pickle": (b"\x80\x04\x95\x00", "a Python pickle, which may hold code"),
    "zeros": (bytes(5000), "nothing but zeros"),
    "text": (b"hello\nworld\n", "text"),
    "zip": (archive("readme"), "a zip archive of something else"),
    "zip-torn": (archive("a/data.pkl")[:-9], "truncated: its end is missing, or damaged"),
    "zip-bomb": (
        archive("a/data.pkl", content="0" * 10**6, packing=zipfile.ZIP_DEFLATED),
        "packed: its parts are larger than the file",
    ),
    "zip-damaged": (
        archive("a/data.pkl", content="hello").replace(b"hello", b"jello"),
        "damaged in a/data.pkl",
    ),
    "program": (
        archive("a/data.pkl", "a/code/__torch__.py", "a/constants.pkl"),
        "a program of TorchScript",
    ),
    "random": (np.random.default_rng(1).bytes(300), "truncated or foreign"),
}


@pytest.mark.parametrize(("content", "name"), KINDS.values(), ids=KINDS)
def test_each_kind_is_named(tmp_path, content, name):
    (tmp_path / "file").write_bytes(content)
    assert foreign_kind(tmp_path / "file").name == name


@pytest.mark.parametrize("zipped", [True, False])
def test_what_torch_wrote_is_nothing_else(tmp_path, zipped):
    path = tmp_path / "file"
    torch.save({"a": torch.zeros(3)}, path, _use_new_zipfile_serialization=zipped)
    assert foreign_kind(path) is None
