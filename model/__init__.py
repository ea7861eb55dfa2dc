"""Candor's model, usable without its service: `from model import Detector`."""

from model.detector import FACE_LIMIT, Detector
from model.ensemble import FaceScore, Scores
from model.panel import Prepared

__all__ = ["FACE_LIMIT", "Detector", "FaceScore", "Prepared", "Scores"]
