"""What `candor calibrate` leaves in registry.toml."""

from __future__ import annotations

from pathlib import Path

from model import registry
from model.decision import Calibration, Fusion, Thresholds
from model.weights import Registry

WRITTEN = """# Chosen by people.

[experts]
face = "face"
whole = "whole"

[fusion]
whole_weight = 0.5 # of suspicion
temperature = 1.5

[thresholds]
real_below = 0.2
fake_from = 0.9
"""


def test_what_was_fitted_is_read_back_and_what_people_wrote_stays(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(WRITTEN)
    limits = Thresholds(real_below=0.3, fake_from=0.84)
    for bias in (-0.5, -0.41234567):
        faceless = Calibration(temperature=1.25, bias=bias)
        registry.retune(tmp_path, Fusion(temperature=1.1, faceless=faceless), limits)

    found = Registry.read(tmp_path)

    rounded = Calibration(temperature=1.25, bias=-0.4123)
    assert found.fusion == Fusion(temperature=1.1, faceless=rounded)
    assert found.thresholds == limits
    for said in ("# Chosen by people.", "# of suspicion", 'face = "face"'):
        assert said in path.read_text()


def test_a_calibration_of_faceless_pictures_stays_where_none_was_fitted(tmp_path: Path) -> None:
    (tmp_path / "registry.toml").write_text(WRITTEN)
    known = Fusion(faceless=Calibration(temperature=1.25))
    limits = Thresholds(real_below=0.3, fake_from=0.84)
    registry.retune(tmp_path, known, limits)

    registry.retune(tmp_path, Fusion(temperature=2), limits)

    assert Registry.read(tmp_path).fusion == known.model_copy(update={"temperature": 2.0})
