"""The published models that can be fetched: repository, revision, and size and hash of each file.

Belongs here: what a model is. Revisions and hashes are those of the conversions to CTranslate2 that the authors of faster-whisper
publish; the weights are OpenAI's, under the MIT licence. Must not go here: the hub's address (``settings/transcription.py``),
downloading (``fetching.py``).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ModelFile:
    """A file of a model. ``sha256`` in lower-case hexadecimal digits."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class PublishedModel:
    """A model at a revision. ``about`` says for whom it is."""

    name: str
    repository: str
    revision: str
    files: tuple[ModelFile, ...]
    about: str

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


_TOKENIZER: Final = ModelFile(
    "tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"
)
_VOCABULARY: Final = ModelFile(
    "vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"
)
_TINY_EN: Final = PublishedModel(
    "tiny.en",
    "Systran/faster-whisper-tiny.en",
    "0d3d19a32d3338f10357c0889762bd8d64bbdeba",
    (
        ModelFile("config.json", 2_317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
        ModelFile("model.bin", 75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
        ModelFile("tokenizer.json", 2_128_466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
        ModelFile("vocabulary.txt", 422_309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
    ),
    "English only; for slow machines",
)
_TINY: Final = PublishedModel(
    "tiny",
    "Systran/faster-whisper-tiny",
    "d90ca5fe260221311c53c58e660288d3deb8d356",
    (
        ModelFile("config.json", 2_249, "a73a28cdfe1c43ccc7202fa333d1f89c202477271407ae9a7f19afa52039cac8"),
        ModelFile("model.bin", 75_538_270, "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1"),
        _TOKENIZER,
        _VOCABULARY,
    ),
    "for slow machines",
)
_BASE: Final = PublishedModel(
    "base",
    "Systran/faster-whisper-base",
    "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
    (
        ModelFile("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
        ModelFile("model.bin", 145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
        _TOKENIZER,
        _VOCABULARY,
    ),
    "for most machines",
)
_SMALL: Final = PublishedModel(
    "small",
    "Systran/faster-whisper-small",
    "536b0662742c02347bc0e980a01041f333bce120",
    (
        ModelFile("config.json", 2_370, "b55496ac7940a7ae47d2c01eab40edfd8701feec1229d9cce3b40014383fb828"),
        ModelFile("model.bin", 483_546_902, "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671"),
        _TOKENIZER,
        _VOCABULARY,
    ),
    "for languages other than English, and for machines with four fast cores",
)
_MEDIUM: Final = PublishedModel(
    "medium",
    "Systran/faster-whisper-medium",
    "08e178d48790749d25932bbc082711ddcfdfbc4f",
    (
        ModelFile("config.json", 2_257, "3622a2ddc41ec0e0fd4e68c13c6830f03b90c38d89aaad184de02c8c642cf807"),
        ModelFile("model.bin", 1_527_906_378, "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae"),
        _TOKENIZER,
        _VOCABULARY,
    ),
    "for machines with many fast cores",
)
_LARGE_V3: Final = PublishedModel(
    "large-v3",
    "Systran/faster-whisper-large-v3",
    "edaa852ec7e145841d8ffdb056a99866b5f0a478",
    (
        ModelFile("config.json", 2_394, "a9306624f5ec14270a014b647e5c316b6e03a662c369758d1b90697a7b0655b9"),
        ModelFile("model.bin", 3_087_284_237, "69f74147e3334731bc3a76048724833325d2ec74642fb52620eda87352e3d4f1"),
        ModelFile("preprocessor_config.json", 340, "7ccc62c6f2765af1f3b46c00c9b5894426835a05021c8b9c01eecb6dfb542711"),
        ModelFile("tokenizer.json", 2_480_617, "6d8cbd7cd0d8d5815e478dac67b85a26bbe77c1f5e0c6d76d1ce2abc0e5f21ca"),
        ModelFile("vocabulary.json", 1_068_114, "c69260f2ab26d659b7c398f9a2b2b48ed0df16c3b47d7326782fd9cba71690c1"),
    ),
    "slower than real time on most processors",
)
MODELS: Final = (_TINY_EN, _TINY, _BASE, _SMALL, _MEDIUM, _LARGE_V3)
"""The published models, the best last."""


def published(name: str) -> PublishedModel | None:
    """Return the model of this name."""
    return next((model for model in MODELS if model.name == name), None)
