"""Sends a file under TLS, and prints what is answered."""

import socket
import ssl
import sys

host, port, file, ca, cert, key = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
context.load_cert_chain(cert, key)
with socket.create_connection((host, int(port))) as plain, context.wrap_socket(plain, server_hostname=host) as secured:
    with open(file, "rb") as octets:
        secured.sendall(octets.read())
    while answer := secured.recv(4096):
        sys.stdout.buffer.write(answer)
    secured.unwrap()
