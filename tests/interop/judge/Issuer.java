// SPDX-License-Identifier: Apache-2.0
// Issuer.java - the reverse direction: an SM2 root, a seal maker, a holder and a certification
// request made by BouncyCastle, to be used by our program.

import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

final class Issuer {
    private static final long DAY = 86_400_000L;

    private final Path folder;
    private final KeyPair root = key();
    private final X500Name name = new X500Name("C=CN,O=BouncyCastle,CN=Foreign Root");
    private long serial = 1;

    Issuer(Path folder) throws Exception {
        this.folder = folder;
    }

    static KeyPair key() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
        generator.initialize(new ECGenParameterSpec("sm2p256v1"));
        return generator.generateKeyPair();
    }

    static ContentSigner signer(KeyPair key) throws Exception {
        return new JcaContentSignerBuilder("SM3withSM2").setProvider("BC").build(key.getPrivate());
    }

    void write() throws Exception {
        pem("foreign-ca.pem", issue(name, root, true));
        for (String who : new String[] {"maker", "holder"}) {
            KeyPair key = key();
            X500Name subject = new X500Name("C=CN,O=BouncyCastle,CN=Foreign " + who);
            pem("foreign-" + who + ".pem", issue(subject, key, false));
            pem("foreign-" + who + ".key", new JcaPKCS8Generator(key.getPrivate(), null));
        }
        KeyPair key = key();
        X500Name subject = new X500Name("C=CN,O=BouncyCastle,CN=Foreign Request");
        pem("foreign.csr", new JcaPKCS10CertificationRequestBuilder(subject, key.getPublic())
                .build(signer(key)));
    }

    private X509CertificateHolder issue(X500Name subject, KeyPair key, boolean ca)
            throws Exception {
        Date now = new Date();
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(name,
                BigInteger.valueOf(serial++), new Date(now.getTime() - DAY),
                new Date(now.getTime() + 400 * DAY), subject, key.getPublic());
        JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
        int usage = ca ? KeyUsage.keyCertSign | KeyUsage.cRLSign
                : KeyUsage.digitalSignature | KeyUsage.nonRepudiation;
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        builder.addExtension(Extension.subjectKeyIdentifier, false,
                utils.createSubjectKeyIdentifier(key.getPublic()));
        builder.addExtension(Extension.authorityKeyIdentifier, false,
                utils.createAuthorityKeyIdentifier(root.getPublic()));
        return builder.build(signer(root));
    }

    private void pem(String file, Object object) throws Exception {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        Files.writeString(folder.resolve(file), text.toString());
    }
}
