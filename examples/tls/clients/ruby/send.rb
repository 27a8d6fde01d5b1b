# Sends a file under TLS, and prints what is answered.

require "openssl"
require "socket"

host, port, file, ca, cert, key = ARGV
context = OpenSSL::SSL::SSLContext.new
context.set_params(ca_file: ca, verify_mode: OpenSSL::SSL::VERIFY_PEER, verify_hostname: true)
context.cert = OpenSSL::X509::Certificate.new(File.read(cert))
context.key = OpenSSL::PKey.read(File.read(key))
secured = OpenSSL::SSL::SSLSocket.new(TCPSocket.new(host, port), context)
secured.sync_close = true
secured.hostname = host
secured.connect
# verify_hostname is about names alone; an address is asked for here.
secured.post_connection_check(host)
secured.write(File.binread(file))
$stdout.write(secured.read)
secured.close
