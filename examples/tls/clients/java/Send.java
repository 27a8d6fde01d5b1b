import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Sends a file under TLS, and prints what is answered. */
public final class Send {
    public static void main(String[] given) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own(given[4], given[5]).getKeyManagers(), trusted(given[3]).getTrustManagers(), null);
        int port = Integer.parseInt(given[1]);
        try (SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(given[0], port)) {
            // Without this, the name may be any.
            SSLParameters parameters = secured.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secured.setSSLParameters(parameters);
            secured.getOutputStream().write(Files.readAllBytes(Path.of(given[2])));
            secured.getInputStream().transferTo(System.out);
            System.out.flush();
        }
    }

    private static TrustManagerFactory trusted(String ca) throws Exception {
        KeyStore store = empty();
        store.setCertificateEntry("ca", certificate(ca));
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(store);
        return trusted;
    }

    private static KeyManagerFactory own(String cert, String key) throws Exception {
        String pem = Files.readString(Path.of(key)).replaceAll("-----.*-----|\\s", "");
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem));
        KeyStore store = empty();
        Certificate[] chain = {certificate(cert)};
        store.setKeyEntry("own", KeyFactory.getInstance("EC").generatePrivate(spec), new char[0], chain);
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(store, new char[0]);
        return own;
    }

    private static KeyStore empty() throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static Certificate certificate(String pem) throws Exception {
        byte[] octets = Files.readAllBytes(Path.of(pem));
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(octets));
    }
}
