"""Data sets: files as streams of examples."""
