import socket
import sys

MESSAGES = {
    "greetings/text": "Hello, server! é\n".encode("utf-8"),
    "greetings/raw": bytes([0x0C, 0x22]),
}

host, port, case = sys.argv[1:]
with socket.create_connection((host, int(port))) as connection:
    connection.sendall(MESSAGES[case])
