"""Runs PROGRAM ARG… for each connection to a port of loopback, which is printed first, with the connection as its standard
input and output: inetd.py PROGRAM [ARG…]"""
import socket
import subprocess
import sys

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
children = []
while True:
    connection, _ = listener.accept()
    children = [c for c in children if c.poll() is None]
    with connection:
        children.append(subprocess.Popen(sys.argv[1:], stdin=connection, stdout=connection))
