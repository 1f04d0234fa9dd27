"""Which addresses may be called: a table of forms that private places have been reached by elsewhere."""

from ipaddress import ip_address

import pytest

from app.channels.reach import NotAllowed, Reach, addresses_of, ranges


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.254", "0.0.0.0",
        "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
        "127.0.0.1", "127.255.255.254", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::", "2002:a9fe:a9fe::",
        "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2001::1", "100::1",
    ],
)  # fmt: skip
def test_private_places_are_refused(address: str) -> None:
    assert Reach().refusal("bridge.example", ip_address(address), https=True)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_the_open_internet_is_called_over_https_only(address: str) -> None:
    assert Reach().refusal("bridge.example", ip_address(address), https=True) is None
    assert "use https" in (Reach().refusal("bridge.example", ip_address(address), https=False) or "")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1", "LOCALHOST"])
def test_this_machine_is_called_by_its_own_names(host: str) -> None:
    assert Reach().refusal(host, ip_address("127.0.0.1"), https=False) is None


def test_what_is_named_may_be_called() -> None:
    reach = Reach(ranges(" 10.1.2.3, 10.20.0.0/16 ,fd00::/8,"))
    for address in ("10.1.2.3", "10.20.30.40", "fd00::5", "::ffff:10.1.2.3"):
        assert reach.refusal("bridge.example", ip_address(address), https=False) is None
    for address in ("10.1.2.4", "192.168.0.1", "fe80::1"):
        assert reach.refusal("bridge.example", ip_address(address), https=True)


def test_a_range_that_is_none() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        ranges("10.0.0.0/8, somewhere")


def test_one_bad_address_of_a_name_is_enough() -> None:
    with pytest.raises(NotAllowed, match="private address"):
        addresses_of("10.0.0.8", 443, Reach(), https=True)
    assert addresses_of("localhost", 80, Reach(), https=False)
