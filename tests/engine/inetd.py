"""Runs PROGRAM ARG… for each connection to a port of loopback (-6: of ::1), which is printed first, with the connection as
its standard input and output: inetd.py [-6] PROGRAM [ARG…]"""
import socket
import subprocess
import sys

if sys.argv[1] == "-6":
    del sys.argv[1]
    listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
else:
    listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
children = []
while True:
    connection, _ = listener.accept()
    children = [c for c in children if c.poll() is None]
    with connection:
        children.append(subprocess.Popen(sys.argv[1:], stdin=connection, stdout=connection))
