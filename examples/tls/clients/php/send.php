<?php
// Sends a file under TLS, and prints what is answered.

[, $host, $url, $file, $ca, $cert, $key] = $argv;
$options = ['cafile' => $ca, 'peer_name' => $host, 'local_cert' => $cert, 'local_pk' => $key];
$context = stream_context_create(['ssl' => $options]);
$secured = stream_socket_client("tls://$url", $code, $message, 10, STREAM_CLIENT_CONNECT, $context);
if ($secured === false) {
    fwrite(STDERR, "error: $message\n");
    exit(1);
}
fwrite($secured, file_get_contents($file));
echo stream_get_contents($secured);
fclose($secured);
