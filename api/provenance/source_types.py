"""How pictures come about, by IPTC's names, in words
(https://cv.iptc.org/newscodes/digitalsourcetype/).
"""

from __future__ import annotations

VOCABULARY = "cv.iptc.org/newscodes/digitalsourcetype/"
C2PA_VOCABULARY = "c2pa.org/digitalsourcetype/"

WORDS = {
    "trainedAlgorithmicMedia": "a generative model made it",
    "compositeWithTrainedAlgorithmicMedia": "parts of it were made by a generative model",
    "compositeSynthetic": "parts of it are synthetic",
    "trainedAlgorithmicData": "a generative model made what it shows",
    "algorithmicMedia": "a program without training data made it",
    "algorithmicallyEnhanced": "a program enhanced it",
    "dataDrivenMedia": "a program drew it from data",
    "virtualRecording": "it records a virtual scene",
    "digitalCapture": "a camera took it",
    "computationalCapture": "a camera computed it from what it took",
    "multiFrameComputationalCapture": "a camera computed it from several frames",
    "negativeFilm": "it was scanned from a negative",
    "positiveFilm": "it was scanned from a slide",
    "print": "it was scanned from a print",
    "screenCapture": "it is a picture of a screen",
    "humanEdits": "people edited it",
    "minorHumanEdits": "people edited it a little",
    "digitalCreation": "people made it with a program",
    "digitalArt": "people made it with a program",
    "composite": "it is composed of several pictures",
    "compositeCapture": "it is composed of several photographs",
}

GENERATED = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
    "trainedAlgorithmicData",
)
"""Of several in one file, these are told first."""


def source_type(written: object) -> str | None:
    """The name in an identifier such as http://cv.iptc.org/newscodes/digitalsourcetype/print.

    None for what is no identifier of these vocabularies.
    """
    if not isinstance(written, str):
        return None
    _, _, rest = written.strip().partition("://")
    for vocabulary in (VOCABULARY, C2PA_VOCABULARY):
        name = rest.removeprefix(vocabulary)
        if name != rest and name.isascii() and name.isalpha() and len(name) <= 60:
            return name
    return None


def in_words(name: str) -> str:
    """What such a name says of a picture."""
    return WORDS.get(name, f"it came about as {name}")
