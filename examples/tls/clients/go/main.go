// Sends a file under TLS, and prints what is answered.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
)

func send(host, port, file, ca, cert, key string) error {
	octets, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	own, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return err
	}
	config := &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}}
	secured, err := tls.Dial("tcp", net.JoinHostPort(host, port), config)
	if err != nil {
		return err
	}
	defer secured.Close()
	if _, err := secured.Write(octets); err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, secured)
	return err
}

func main() {
	given := os.Args
	if err := send(given[1], given[2], given[3], given[4], given[5], given[6]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
