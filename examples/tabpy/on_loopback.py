"""Starts the installed TabPy, as it is, on 127.0.0.1 alone.

TabPy listens on every address of the machine and has no setting for it: whoever reaches its port would need no login.
Takes TabPy's own arguments: python on_loopback.py --config tabpy.conf --disable-auth-warning
"""

from tornado.tcpserver import TCPServer

listen = TCPServer.listen


def listen_on_loopback(server, port, address=None, **options):
    return listen(server, port, address="127.0.0.1", **options)


TCPServer.listen = listen_on_loopback

from tabpy.tabpy import main

main()
