"""帮助中心: one page per task, with the figures of the programme in force."""
