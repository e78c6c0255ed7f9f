"""May this happen now: pure checks on values and a moment, one module per subject."""
