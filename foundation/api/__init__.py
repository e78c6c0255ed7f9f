"""What every part of the REST API shares: who calls, how a call is read, answered, refused and never done twice."""
