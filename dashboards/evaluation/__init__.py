"""绩效评价: what a year's programme reached, how it was used, what it pulled in, and how content enterprises are (N3)."""
