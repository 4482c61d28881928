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


ZIP, ARRAY = "a zip archive", "a single array (.npy)"
# What the files begin with; the first that fits.
_BEGINNINGS = (
    (rb"\Z", FileKind("an empty file", _AGAIN)),
    (rb"version https://git-lfs",
     FileKind("a pointer of Git LFS, and not the file: `git lfs pull` gets it", "git lfs pull")),
    (rb"PK\x03\x04|PK\x05\x06", FileKind(ZIP)),
    (rb"\x89HDF\r\n", FileKind("an HDF5 file, as Keras writes them")),
    (rb"\x93NUMPY", FileKind(ARRAY)),
    (rb"MATLAB 5.0", FileKind("a MATLAB file (.mat)")),
    (rb"PAR1", FileKind("a Parquet file")),
    (rb"ARROW1", FileKind("an Arrow file")),
    (rb"RIFF", FileKind("a wave file")),
    (rb"RF64", FileKind("a wave file of more than 4 GB (RF64)")),
    (rb"RIFX", FileKind("a wave file of big-endian numbers (RIFX)")),
    (rb"fLaC", FileKind("a FLAC file")),
    (rb"OggS", FileKind("an Ogg file")),
    (rb"ID3", FileKind("an MP3 file")),
    (rb"GGUF", FileKind("GGUF, a language model")),
    (rb"....TFL3", FileKind("TensorFlow Lite")),
    (rb"\x08[\x01-\x1f][\x12\x1a\x3a\x42]", FileKind("ONNX")),
    (rb".{8}\{", FileKind("safetensors", "torch.save(safetensors.torch.load_file(FILE), NEW)")),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!", FileKind("packed", "unpack it")),
    (rb".{257}ustar", FileKind("a tar archive", "unpack it")),
    (rb"(\xef\xbb\xbf)?\s*<(?i:!doctype|html|\?xml|head)",
     FileKind("a web page", f"the download went wrong: {_AGAIN}")),
    (rb"\s*\{", FileKind("JSON", "a model.json must be named so: *.json")),
    (rb"\x80", FileKind("a Python pickle, which may hold code")),
    (rb"\x00+\Z", FileKind("nothing but zeros", _AGAIN)),
    (rb"[^\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]+\Z", FileKind("text")),
)  # fmt: skip
# What is in a zip archive.
_MEMBERS = (
    (r"(.*/)?constants\.pkl|.*/code/.*", FileKind("a program of TorchScript")),
    (r".*\.npy", FileKind("an .npz of NumPy")),
    (r"model\.weights\.h5", FileKind("a model of Keras")),
)


def beginning_kind(head: bytes) -> FileKind | None:
    """Tell what begins with these bytes, up to ``HEAD``; None of what is not known."""
    for beginning, kind in _BEGINNINGS:
        # Eight bytes and a brace are safetensors only if the eight tell a length.
        length = int.from_bytes(head[:8], "little")
        if re.match(beginning, head, re.DOTALL) and (
            kind.name != "safetensors" or length < 1 << 32
        ):
            return kind
    return None


def foreign_kind(path: Path) -> FileKind | None:
    """Tell what a file is; None of one that ``torch.save`` wrote, as far as its beginning tells."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(LEGACY):
        return None
    if head.startswith(b"PK"):
        return _archive(path)
    return beginning_kind(head) or FileKind("truncated or foreign")


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
