"""Candor's model, usable without its service: `from model import Detector`."""

from model.detector import FACE_LIMIT, Detector, Prepared
from model.ensemble import FaceScore, Scores

__all__ = ["FACE_LIMIT", "Detector", "FaceScore", "Prepared", "Scores"]
