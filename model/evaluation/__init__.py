"""Measuring the detector that serves on labelled pictures: `candor evaluate`.

`scoring` asks the detector, `robustness` asks again after what the web does to pictures, `figures`
counts, `report` draws, and `command` is the way through them.
"""
