"""Fits how the members of an expert become one, and tells what each of them adds: `candor fuse`."""
