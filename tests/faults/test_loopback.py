"""Ports for processes that are yet to start: each is told once, though nobody listens on it yet, and can be listened on."""

from socket import create_server

from rig.loopback import HOST, free_port


def test_no_two_are_told_the_same_port_and_each_is_free() -> None:
    told = [free_port() for _ in range(20)]
    assert len(set(told)) == 20
    for port in told:
        with create_server((HOST, port)):
            pass
