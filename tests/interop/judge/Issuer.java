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
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cert.ocsp.CertificateStatus;
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
        X509CertificateHolder ca = issue(name, root, Kind.CA);
        X509CertificateHolder holder = null;
        pem("foreign-ca.pem", ca);
        for (String who : new String[] {"maker", "holder"}) {
            KeyPair key = key();
            X500Name subject = new X500Name("C=CN,O=BouncyCastle,CN=Foreign " + who);
            holder = issue(subject, key, Kind.END);
            pem("foreign-" + who + ".pem", holder);
            pem("foreign-" + who + ".key", new JcaPKCS8Generator(key.getPrivate(), null));
        }
        writeResponses(ca, holder);
        KeyPair key = key();
        X500Name subject = new X500Name("C=CN,O=BouncyCastle,CN=Foreign Request");
        pem("foreign.csr", new JcaPKCS10CertificationRequestBuilder(subject, key.getPublic())
                .build(signer(key)));
    }

    /* About the holder; the strange one is signed by somebody who is only his neighbour. */
    private void writeResponses(X509CertificateHolder ca, X509CertificateHolder holder)
            throws Exception {
        KeyPair key = key();
        X500Name subject = new X500Name("C=CN,O=BouncyCastle,CN=Foreign OCSP");
        X509CertificateHolder delegate = issue(subject, key, Kind.OCSP);
        X509CertificateHolder neighbour = issue(subject, key, Kind.END);
        OcspFile.answer(ca, holder, "sm3", CertificateStatus.GOOD, ca, root,
                folder.resolve("foreign-good.ocsp"));
        OcspFile.answer(ca, holder, "sha1", CertificateStatus.GOOD, delegate, key,
                folder.resolve("foreign-delegate.ocsp"));
        OcspFile.answer(ca, holder, "sm3", OcspFile.revoked(), delegate, key,
                folder.resolve("foreign-revoked.ocsp"));
        OcspFile.answer(ca, holder, "sm3", OcspFile.unknown(), ca, root,
                folder.resolve("foreign-unknown.ocsp"));
        OcspFile.answer(ca, holder, "sm3", CertificateStatus.GOOD, neighbour, key,
                folder.resolve("foreign-strange.ocsp"));
    }

    private enum Kind { CA, END, OCSP }

    private X509CertificateHolder issue(X500Name subject, KeyPair key, Kind kind)
            throws Exception {
        Date now = new Date();
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(name,
                BigInteger.valueOf(serial++), new Date(now.getTime() - DAY),
                new Date(now.getTime() + 400 * DAY), subject, key.getPublic());
        JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
        boolean ca = kind == Kind.CA;
        int usage = ca ? KeyUsage.keyCertSign | KeyUsage.cRLSign
                : KeyUsage.digitalSignature | KeyUsage.nonRepudiation;
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        builder.addExtension(Extension.subjectKeyIdentifier, false,
                utils.createSubjectKeyIdentifier(key.getPublic()));
        builder.addExtension(Extension.authorityKeyIdentifier, false,
                utils.createAuthorityKeyIdentifier(root.getPublic()));
        if (kind == Kind.OCSP) {
            builder.addExtension(Extension.extendedKeyUsage, false,
                    new ExtendedKeyUsage(KeyPurposeId.id_kp_OCSPSigning));
        }
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
