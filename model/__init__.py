"""Candor's model, usable without its service: `from model import Detector`."""

from model.detector import Detector
from model.ensemble import FaceScore, Scores

__all__ = ["Detector", "FaceScore", "Scores"]
