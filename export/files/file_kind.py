"""What a file is that is not what it should be, told by its first bytes."""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

HEAD = 1024  # bytes that are looked at
#: What torch.save began with before it made zip archives.
LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
_AGAIN = "fetch or copy the file again"


@dataclass(frozen=True)
class FileKind:
    """What a file is, and what to do with it.

    Parameters
    ----------
    name
        With its article.
    hint
        The next step; "" where nothing is known that is better than the usual one.
    """

    name: str
    hint: str = ""


# What the files begin with.
_BEGINNINGS = (
    (rb"version https://git-lfs", FileKind("a pointer of Git LFS", "git lfs pull")),
    (rb"\x89HDF\r\n\x1a\n", FileKind("HDF5, as Keras writes it")),
    (rb"\x93NUMPY", FileKind("a .npy of NumPy")),
    (rb"GGUF", FileKind("GGUF, a language model")),
    (rb"....TFL3", FileKind("TensorFlow Lite")),
    (rb"\x08[\x01-\x1f][\x12\x1a\x3a\x42]", FileKind("ONNX")),
    (rb".{8}\{", FileKind("safetensors", "torch.save(safetensors.torch.load_file(FILE), NEW)")),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!", FileKind("packed", "unpack it")),
    (rb".{257}ustar", FileKind("a tar archive", "unpack it")),
    (rb"(\xef\xbb\xbf)?\s*<(?i:!doctype|html|\?xml|head)",
     FileKind("a web page", f"the download went wrong: {_AGAIN}")),
    (rb"\s*\{", FileKind("JSON", "a model.json must be named so: *.json")),
    (rb"\x80[\x02-\x05]", FileKind("a Python pickle, which may hold code")),
    (rb"\x00+\Z", FileKind("nothing but zeros", _AGAIN)),
    (rb"[\t\n\r -~]+\Z", FileKind("text")),
)  # fmt: skip
# What is in a zip archive.
_MEMBERS = (
    (r"(.*/)?constants\.pkl|.*/code/.*", FileKind("a program of TorchScript")),
    (r".*\.npy", FileKind("an .npz of NumPy")),
    (r"model\.weights\.h5", FileKind("a model of Keras")),
)


def foreign_kind(path: Path) -> FileKind | None:
    """Tell what a file is; None of one that ``torch.save`` wrote, as far as its beginning tells."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        return FileKind("empty", _AGAIN)
    if head.startswith(LEGACY):
        return None
    if head.startswith(b"PK"):
        return _archive(path)
    for beginning, kind in _BEGINNINGS:
        if re.match(beginning, head, re.DOTALL):
            # Eight bytes and a brace are safetensors only if the eight tell a length.
            if kind.name == "safetensors" and int.from_bytes(head[:8], "little") >= 1 << 32:
                continue
            return kind
    return FileKind("truncated or foreign")


def _archive(path: Path) -> FileKind | None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = [member.filename for member in members]
            for pattern, kind in _MEMBERS:
                if any(re.fullmatch(pattern, name) for name in names):
                    return kind
            if not any(name.endswith("data.pkl") for name in names):
                return FileKind("a zip archive of something else")
            if sum(member.file_size for member in members) > path.stat().st_size:
                return FileKind("packed: its parts are larger than the file")
            if (damaged := archive.testzip()) is not None:
                return FileKind(f"damaged in {damaged}", _AGAIN)
    except Exception:  # on foreign bytes zipfile lets out whatever went wrong
        return FileKind("truncated: its end is missing, or damaged", _AGAIN)
    return None
