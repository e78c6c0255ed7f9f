"""Official forms as PDF, set from a template and the form's data."""
