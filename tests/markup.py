"""What every page must keep to, whatever it shows."""

from __future__ import annotations

import re

INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=", re.I)


def inline_parts(page: str) -> list[str]:
    """What the content security policy would refuse: scripts, styles and handlers written into the page.

    Data for scripts (type="application/json") is not run and may stand there.
    """
    return [found for found in INLINE.findall(page) if "application/json" not in found]
