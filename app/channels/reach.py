"""Where the desk may call: the open internet over https and its own machine; private addresses only where the settings name them.

A name is resolved once, every address it has must be allowed, and the call goes to an address that was checked: a name that
resolves otherwise a moment later leads nowhere. Judging an address is pure; only ``addresses_of`` asks the resolver.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Range = IPv4Network | IPv6Network

_LOCAL_NAMES: Final = frozenset({"localhost", "ip6-localhost"})
# ``is_global`` of Python 3.11 calls these global, although an IPv4 address stands inside that decides where they lead.
_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_IPV4_BITS: Final = 0xFFFF_FFFF


class NotAllowed(Exception):
    """The desk does not call there; the sentence says why, and how to allow it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be called. ``named`` are the private addresses and ranges that the settings allow."""

    named: tuple[Range, ...] = ()

    def refusal(self, host: str, address: Address, *, https: bool) -> str | None:
        """Why this address of this host may not be called; None when it may."""
        real = _inner(address)
        if any(one.version == two.version and one in two for one in (address, real) for two in self.named):
            return None
        if real.is_loopback:
            return None if _is_local(host) else f"{host} leads to this machine itself, {address}"
        if not real.is_global or real.is_multicast or real.is_reserved or real.is_unspecified:
            return f"{host} leads to {address}, a private address: EARSHOT_WEBHOOK_PRIVATE may allow it"
        return None if https else f"{host} is not this machine: use https"


def ranges(words: str) -> tuple[Range, ...]:
    """Addresses and networks from a list with commas; ValueError for one that is neither."""
    return tuple(ip_network(word.strip(), strict=False) for word in words.split(",") if word.strip())


def addresses_of(host: str, port: int, reach: Reach, *, https: bool) -> tuple[str, ...]:
    """Every address of the host, checked. NotAllowed if one of them is not allowed, OSError if the name has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = tuple(dict.fromkeys(str(place[4][0]) for place in found))
    for address in addresses:
        why = reach.refusal(host, ip_address(address), https=https)
        if why is not None:
            raise NotAllowed(why)
    return addresses


def _is_local(host: str) -> bool:
    if host.lower() in _LOCAL_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if any(address in network for network in _NAT64) or (int(address) >> 32 == 0 and not address.is_loopback):
        return IPv4Address(int(address) & _IPV4_BITS)
    return address
