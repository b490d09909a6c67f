"""Folders of pretrained models in Hugging Face's form: where one lies, what it holds, how it makes sentence vectors."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from edgenlp.errors import MissingExtraError, RecipeError

HUB: Final = "hf://"
"""Before the name of a model on Hugging Face's hub."""

_HUB_NAME: Final = re.compile(f"{HUB}[^/]+/[^/]+")

MBERT: Final = f"{HUB}google-bert/bert-base-multilingual-cased"
"""Multilingual BERT (Devlin et al. 2019), 104 languages, 178M parameters: the teacher where none is named."""

_FETCHED: Final = ["*.json", "*.txt", "*.model", "*.safetensors", "*.h5"]
_MODEL_FILES: Final = {".bin", ".h5", ".json", ".model", ".npz", ".safetensors", ".spm", ".txt"}
_KNOWN_MODULES: Final = ("Transformer", "Pooling", "Normalize")
_MODES: Final[dict[str, Literal["mean", "cls"]]] = {
    "mean": "mean",
    "pooling_mode_mean_tokens": "mean",
    "cls": "cls",
    "pooling_mode_cls_token": "cls",
}
_LIMITS: Final = (("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length"))
"""Files that say how much a model reads, and under which key: the first one that does counts."""

_NO_NETWORK: Final = re.compile("ConnectError|ConnectionError|Max retries exceeded|Timeout")
"""In what hubs' clients raise, by name or in words."""

_QUOTED: Final = 150
"""Characters: some libraries go on with the values of a tensor."""

NO_LIMIT: Final = 1_000_000
"""A tokenizer without a limit names a huge number."""

_FETCHING: Final = ContextVar("fetching", default=True)


@contextmanager
def without_fetching() -> Iterator[None]:
    """Within it, a model that a hub has and this machine does not is not at hand."""
    before = _FETCHING.set(False)
    try:
        yield
    finally:
        _FETCHING.reset(before)


def may_fetch() -> bool:
    """Whether a hub may be asked for a model; see `without_fetching`."""
    return _FETCHING.get()


def fetch(name: str) -> Path:
    """The folder of a model on Hugging Face's hub, fetched where it is not there yet.

    Args:
        name: `hf://owner/name`.

    Raises:
        RecipeError: it is no such name, or the model cannot be fetched, or must not be.
        MissingExtraError: the package that fetches it is not installed.
    """
    if not _HUB_NAME.fullmatch(name):
        raise misnamed(name, f"{HUB}owner/name")
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MissingExtraError(
            f"{name} cannot be fetched without huggingface_hub: pip install huggingface_hub"
        ) from None
    try:
        return Path(
            snapshot_download(
                name.removeprefix(HUB),
                allow_patterns=_FETCHED,
                ignore_patterns="onnx/*",
                local_files_only=not may_fetch(),
            )
        )
    except (OSError, ValueError) as error:
        raise unreachable(name, error) from None


def quoted(error: Exception) -> str:
    """What a library says of a damaged file, as a clause: its first line, and no more than tells what is wrong."""
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    line = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return line.rstrip(". ") if len(line) <= _QUOTED else f"{line[:_QUOTED].rstrip('. ')} ..."


def misnamed(name: str, form: str) -> RecipeError:
    """What to say of a name that a hub cannot know.

    Args:
        name: begins with the hub's.
        form: of all names there.
    """
    return RecipeError(f"the model {name} is not named as hubs do: write {form}, or the path of a folder")


def unreachable(name: str, error: Exception) -> RecipeError:
    """What to say of whatever a hub's client raises where there is no network or no such model."""
    # of a missing network clients tell addresses and retries
    missing = _NO_NETWORK.search(f"{type(error).__name__}: {error}")
    reason = "no network" if missing else quoted(error)
    return RecipeError(
        f"the model {name} cannot be fetched ({reason}): pass the path of a folder that holds the model instead"
    )


def read_json(folder: Path, name: str) -> Any:
    """A JSON file of a model's folder.

    Raises:
        RecipeError: it is missing or damaged.
    """
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecipeError(f"{folder} is not a model's folder: it holds no {name}") from None
    except OSError as error:
        raise RecipeError(f"{folder / name} cannot be read ({error.strerror}): see to it, or fetch it again") from None
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"{folder / name} is no JSON ({quoted(error)}): fetch it again") from None


def read_object(folder: Path, name: str) -> dict[str, Any]:
    """A JSON object of a model's folder.

    Raises:
        RecipeError: it is missing, damaged, or no object.
    """
    found = read_json(folder, name)
    if not isinstance(found, dict):
        raise RecipeError(f"{folder / name} holds no JSON object, as the files of a model do: fetch it again")
    return found


def digest(folder: Path) -> str:
    """SHA-256, in hex, over the names and contents of the files that make the model."""
    sha = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in name.split("/"))
        if file.is_file() and file.suffix in _MODEL_FILES and not hidden:
            with file.open("rb") as content:
                sha.update(f"{name}\0{hashlib.file_digest(content, 'sha256').hexdigest()}\n".encode())
    return sha.hexdigest()


@dataclass(frozen=True, slots=True)
class Pooling:
    """One vector of a text's (Reimers and Gurevych 2019, section 3).

    Attributes:
        mode: the mean of all positions' vectors, marks included, or the vector of `[CLS]`.
        normalize: whether the result has length 1.
        limit: longer texts are cut here, in subwords, marks included; 0 where the folder does not say.
    """

    mode: Literal["mean", "cls"]
    normalize: bool
    limit: int

    def __call__(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [positions, width] of one text to [width]."""
        vector: NDArray[np.float32] = hidden.mean(0) if self.mode == "mean" else hidden[0]
        return vector / max(float(np.linalg.norm(vector)), 1e-12) if self.normalize else vector.copy()


def read_pooling(folder: Path) -> Pooling | None:
    """What modules.json and the files beside it say; None where the model was not trained to give sentence vectors.

    None too where the vector is made in another way, such as by a further dense layer.

    Raises:
        RecipeError: a file is damaged.
    """
    if not (folder / "modules.json").is_file():
        return None
    try:
        kinds = [module["type"].rsplit(".", 1)[-1] for module in read_json(folder, "modules.json")]
    except (KeyError, TypeError, AttributeError):
        raise RecipeError(f"{folder / 'modules.json'} is not a list of modules, each with its type") from None
    if any(kind not in _KNOWN_MODULES for kind in kinds) or "Pooling" not in kinds:
        return None
    mode = _mode(read_object(folder, "1_Pooling/config.json"))
    return mode and Pooling(mode, "Normalize" in kinds, _limit(folder))


def _mode(pooling: dict[str, Any]) -> Literal["mean", "cls"] | None:
    """The one mode that is chosen; sentence-transformers has a switch for each in its older files."""
    switches = [name for name, on in pooling.items() if name.startswith("pooling_mode_") and on is True]
    chosen = pooling.get("pooling_mode", switches)
    modes = chosen if isinstance(chosen, list) else [chosen]
    return _MODES.get(str(modes[0])) if len(modes) == 1 else None


def _limit(folder: Path) -> int:
    """The most subwords that the model reads, marks included; 0 where the folder does not say."""
    for name, key in _LIMITS:
        limit = read_object(folder, name).get(key) if (folder / name).is_file() else None
        if limit is None:
            continue
        if not isinstance(limit, int | float) or limit < 0:
            raise RecipeError(f"{folder / name}: {key} is {limit!r}, and should be a number of subwords")
        return int(limit) if limit < NO_LIMIT else 0
    return 0
