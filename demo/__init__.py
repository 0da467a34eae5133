"""The recorded week: a demonstration that needs no Internet."""
