// SPDX-License-Identifier: Apache-2.0
// Judge.java - an independent judge of what Yinxin makes: BouncyCastle parses and verifies it.
//
//   java Judge CASES     one case a line, fields divided by tabs:
//                        NAME good|bad KIND ARGUMENT...
//   java Judge make DIR  writes certificates and keys of a foreign SM2 issuer, and OCSP responses
//   java Judge ask CA CERT DIGEST OUT ...   writes OCSP requests
//
// A case of `good` must be accepted, one of `bad` refused with a reason. Kinds:
//   path CA CERT [CRL]     path validation by PKIX, with revocation when there is a CRL
//   crl CA CRL             signature of the CRL
//   seal CA SEAL           the seal and its maker
//   ofd CA FILE            every signature of the document
//   cms CA FILE CONTENT    detached SignedData that names its certificate (CAdES)
//   tsp CA RESPONSE QUERY  a time-stamp response to this request
//   ocsp CA RESPONSE QUERY STATUS   an OCSP response to this request that says good, revoked ...
//   sealdump CA SEAL OUT   writes OUT.tbs, OUT.sig, OUT.der for openssl
//   ofddump CA FILE PART OUT

import java.io.FileNotFoundException;
import java.io.FileReader;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithID;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

public final class Judge {
    private static final byte[] SIGNER_ID = "1234567812345678".getBytes();

    private Judge() {}

    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refusal(String why) {
            super(why);
        }
    }

    static void require(boolean condition, String why) {
        if (!condition) {
            throw new Refusal(why);
        }
    }

    static byte[] sm3(byte[] bytes) {
        SM3Digest digest = new SM3Digest();
        digest.update(bytes, 0, bytes.length);
        byte[] out = new byte[32];
        digest.doFinal(out, 0);
        return out;
    }

    /* GM/T 0009: SM2 with SM3 and the standard signer ID; the value is SEQUENCE { r, s }. */
    static boolean sm2(X509CertificateHolder certificate, byte[] message, byte[] signature)
            throws Exception {
        ASN1Sequence pair = ASN1Sequence.getInstance(SealFile.strict(signature));
        require(pair.size() == 2, "a signature value has two numbers");
        for (Object number : pair) {
            BigInteger value = ASN1Integer.getInstance(number).getValue();
            require(value.signum() > 0, "a signature value is not positive");
        }
        ECPublicKeyParameters key = (ECPublicKeyParameters) PublicKeyFactory.createKey(
                certificate.getSubjectPublicKeyInfo());
        SM2Signer verifier = new SM2Signer();
        verifier.init(false, new ParametersWithID(key, SIGNER_ID));
        verifier.update(message, 0, message.length);
        return verifier.verifySignature(signature);
    }

    static boolean issued(X509CertificateHolder ca, X509CertificateHolder certificate)
            throws Exception {
        return certificate.getIssuer().equals(ca.getSubject())
                && certificate.isSignatureValid(verifier(ca));
    }

    static ContentVerifierProvider verifier(X509CertificateHolder ca) throws Exception {
        return new JcaContentVerifierProviderBuilder().setProvider("BC").build(ca);
    }

    static Object pem(String path) throws Exception {
        try (PEMParser parser = new PEMParser(new FileReader(path))) {
            return parser.readObject();
        }
    }

    static X509CertificateHolder certificate(String path) throws Exception {
        return (X509CertificateHolder) pem(path);
    }

    static X509CRLHolder crl(String path) throws Exception {
        byte[] bytes = Files.readAllBytes(Path.of(path));
        return bytes[0] == '-' ? (X509CRLHolder) pem(path) : new X509CRLHolder(bytes);
    }

    static void path(X509CertificateHolder ca, List<String> rest) throws Exception {
        JcaX509CertificateConverter java = new JcaX509CertificateConverter().setProvider("BC");
        CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
        X509Certificate anchor = java.getCertificate(ca);
        anchor.verify(anchor.getPublicKey(), "BC");
        PKIXParameters parameters =
                new PKIXParameters(Collections.singleton(new TrustAnchor(anchor, null)));
        parameters.setRevocationEnabled(rest.size() > 1);
        if (rest.size() > 1) {
            Object crl = new org.bouncycastle.cert.jcajce.JcaX509CRLConverter().setProvider("BC")
                    .getCRL(crl(rest.get(1)));
            parameters.addCertStore(CertStore.getInstance("Collection",
                    new CollectionCertStoreParameters(List.of(crl)), "BC"));
        }
        CertPathValidator.getInstance("PKIX", "BC").validate(factory.generateCertPath(
                List.of(java.getCertificate(certificate(rest.get(0))))), parameters);
    }

    /* A path of several certificates, the holder's first. */
    static void chain(X509CertificateHolder ca, List<String> files) throws Exception {
        JcaX509CertificateConverter java = new JcaX509CertificateConverter().setProvider("BC");
        List<X509Certificate> path = new ArrayList<>();
        for (String file : files) {
            path.add(java.getCertificate(certificate(file)));
        }
        PKIXParameters parameters = new PKIXParameters(
                Collections.singleton(new TrustAnchor(java.getCertificate(ca), null)));
        parameters.setRevocationEnabled(false);
        CertPathValidator.getInstance("PKIX", "BC").validate(
                CertificateFactory.getInstance("X.509", "BC").generateCertPath(path), parameters);
    }

    static void dump(List<byte[]> evidence, String out) throws Exception {
        String[] ends = {".tbs", ".sig", ".der"};
        for (int i = 0; i < ends.length; i++) {
            Files.write(Path.of(out + ends[i]), evidence.get(i));
        }
    }

    static void judge(String kind, X509CertificateHolder ca, List<String> rest)
            throws Exception {
        String file = rest.get(0);
        switch (kind) {
            case "path" -> path(ca, rest);
            case "chain" -> chain(ca, rest);
            case "crl" -> require(crl(file).isSignatureValid(verifier(ca)), "the CRL is forged");
            case "seal" -> new SealFile(Files.readAllBytes(Path.of(file))).check(ca);
            case "ofd" -> new OfdFile(file, ca).check();
            case "cms" -> CmsFile.cms(ca, file, rest.get(1));
            case "tsp" -> CmsFile.tsp(ca, file, rest.get(1));
            case "ocsp" -> OcspFile.judge(ca, file, rest.get(1), rest.get(2));
            case "sealdump" ->
                dump(new SealFile(Files.readAllBytes(Path.of(file))).evidence(), rest.get(1));
            case "ofddump" -> dump(new OfdFile(file, ca).evidence(rest.get(1)), rest.get(2));
            default -> throw new AssertionError("unknown kind " + kind);
        }
    }

    /* true when the case ends as it should. */
    static boolean run(String line) {
        String[] fields = line.split("\t");
        boolean good = fields[1].equals("good");
        String verdict;
        boolean accepted = false;
        try {
            judge(fields[2], certificate(fields[3]),
                    List.of(fields).subList(4, fields.length));
            accepted = true;
            verdict = "accepted";
        } catch (FileNotFoundException | NoSuchFileException missing) {
            System.out.println("FAIL " + fields[0] + ": no file " + missing.getMessage());
            return false;
        } catch (Exception refused) {
            verdict = "refused: " + refused.getMessage();
        }
        System.out.println((accepted == good ? "ok   " : "FAIL ") + fields[0] + ": " + verdict);
        return accepted == good;
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        if (arguments[0].equals("make")) {
            new Issuer(Path.of(arguments[1])).write();
            return;
        }
        if (arguments[0].equals("ask")) {
            for (int i = 1; i < arguments.length; i += 4) {
                OcspFile.ask(arguments[i], arguments[i + 1], arguments[i + 2], arguments[i + 3]);
            }
            return;
        }
        boolean all = true;
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            all &= run(line);
        }
        System.exit(all ? 0 : 1);
    }
}
