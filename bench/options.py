"""What can be chosen on the command line; read before anything is started."""

from __future__ import annotations

import argparse


def add(subject: str, parser: argparse.ArgumentParser) -> None:
    """Add the options of one subject."""
    {"rush": _rush, "jobs": _jobs, "pages": _pages, "dashboards": _dashboards}[subject](parser)


def _rush(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=5, help="rounds of minimal view and page")
    parser.add_argument("--requests", type=int, default=2000, help="requests of each per round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--crowd", type=int, default=5000, help="clients at once; 0: leave out")
    parser.add_argument("--quota", type=int, default=800, help="how many of them can win")
    parser.add_argument("--workers", type=int, default=2, help="processes of the web server")
    parser.add_argument("--threads", type=int, default=2, help="threads per process")


def _jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=100_000, help="vouchers of each batch")
    parser.add_argument("--rounds", type=int, default=3, help="portal and bare SQL in turn")


def _pages(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--enterprises", type=int, default=3000)
    parser.add_argument("--providers", type=int, default=60)
    parser.add_argument("--visits", type=int, default=5, help="visits to each route per role")
    parser.add_argument("--limit", type=float, default=200, help="milliseconds at the median")


def _dashboards(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--enterprises", type=int, default=200_000)
    parser.add_argument("--vouchers", type=int, default=1_000_000)
    parser.add_argument("--tries", type=int, default=5, help="visits to each page after the first")
