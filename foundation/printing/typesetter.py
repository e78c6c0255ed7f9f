"""The process that sets one form: its data as JSON on standard input, the PDF on standard output.

Run as a script and alone (ADR 0014): a layout that does not end, or eats memory, ends this process and not a web
worker. Nothing of the portal is imported, so that it starts fast. Personal data comes by standard input only: the
arguments of a process can be read by others.
"""

from __future__ import annotations

import json
import re
import resource
import sys

MEMORY_MAX_BYTES = 1024 * 1024 * 1024
CPU_SECONDS_MAX = 10

# Exit codes the caller tells apart from a crash.
NO_GLYPH = 3
FAULTY_TEMPLATE = 4

_NO_GLYPH = re.compile(r'the text `"(.+)"` could not be displayed', re.DOTALL)


def main(root: str, template: str, timestamp: int, fonts: list[str]) -> int:
    """Set ``template`` (a path below ``root``); returns the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import typst

    data = json.dumps(json.load(sys.stdin.buffer), ensure_ascii=False)
    try:
        pdf = typst.compile(
            f"{root}/{template}",
            root=root,
            font_paths=typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=fonts
            ),
            sys_inputs={"data": data},
            # Archivable for good and readable aloud; both want every character to have a glyph.
            pdf_standards=["a-2a", "ua-1"],
            timestamp=timestamp,
        )
    except typst.TypstError as error:
        if missing := _NO_GLYPH.search(error.message):
            sys.stderr.buffer.write(missing[1].encode())
            return NO_GLYPH
        sys.stderr.buffer.write(f"{error.message} {error.trace}".encode())
        return FAULTY_TEMPLATE
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
