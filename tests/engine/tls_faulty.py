"""A server on loopback that does one thing wrong with TLS. Prints its port, serves until it is killed.

    tls_faulty.py silent | hangup | plain | half CERT KEY | cut CERT KEY | chunk CERT KEY
"""
import socket
import ssl
import sys
import threading

mode = sys.argv[1]
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
context = None
if mode in ("half", "cut", "chunk"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(sys.argv[2], sys.argv[3])
kept = []


def half(conn):
    """The first bytes of a server's answer, and then nothing more."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(conn.recv(16384))
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    conn.sendall(outgoing.read()[:100])
    conn.close()


def answer(conn):
    """An answer whose end never comes, without close_notify."""
    tls = context.wrap_socket(conn, server_side=True)
    tls.recv(16384)
    head = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n"
    if mode == "cut":
        tls.sendall(head + b"\r\nOK")
    else:
        tls.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n2\r\nO")
    raw = socket.socket(fileno=tls.detach())
    raw.shutdown(socket.SHUT_RDWR)
    raw.close()


def serve(conn):
    try:
        if mode == "silent":
            kept.append(conn)
            return
        if mode == "hangup":
            conn.recv(16384)
        elif mode == "plain":
            conn.recv(16384)
            conn.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\nthis is no TLS\n")
        elif mode == "half":
            half(conn)
            return
        elif mode in ("cut", "chunk"):
            answer(conn)
            return
        conn.close()
    except OSError:
        pass


while True:
    peer, _ = listener.accept()
    threading.Thread(target=serve, args=(peer,), daemon=True).start()
