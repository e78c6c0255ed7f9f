"""Every write of this app, one function per business verb, in one module per subject."""
