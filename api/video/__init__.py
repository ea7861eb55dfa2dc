"""Clips: decoded in a process of their own, tracked, judged scene by scene. No HTTP here."""
