"""What Prometheus reads at /metrics (docs/adr/0039): counts of this node's web processes, and how things stand."""
