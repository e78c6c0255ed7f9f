"""Whom a count by network address is about: one IPv4 address, or all of the network that one IPv6 subscriber has."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

# What a subscriber gets at the least: within it a machine takes another address for every request.
SUBSCRIBER_BITS = 64


def sender_of(address: str) -> str:
    """The address itself, or of IPv6 its /64 network; what is no address counts as it stands."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), SUBSCRIBER_BITS), strict=False))
