"""The review screen of the desk: what is looked at on one side, the documents on the other, the decision below."""
