// SPDX-License-Identifier: Apache-2.0
// OcspFile.java - OCSP by BouncyCastle: judges our answers to its requests, asks, and answers as a
// foreign responder.

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.Date;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.RevokedInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.cert.ocsp.UnknownStatus;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

final class OcspFile {
    private OcspFile() {}

    static DigestCalculatorProvider digests() throws Exception {
        return new JcaDigestCalculatorProviderBuilder().setProvider("BC").build();
    }

    static DigestCalculator digest(String name) throws Exception {
        return digests().get(name.equals("sm3")
                ? new AlgorithmIdentifier(GMObjectIdentifiers.sm3) : CertificateID.HASH_SHA1);
    }

    /* The CA itself, or somebody whom it certified for OCSP. */
    private static X509CertificateHolder responder(BasicOCSPResp basic, X509CertificateHolder ca)
            throws Exception {
        if (basic.getCerts().length == 0) {
            return ca;
        }
        X509CertificateHolder delegate = basic.getCerts()[0];
        ExtendedKeyUsage usage = ExtendedKeyUsage.fromExtensions(delegate.getExtensions());
        Judge.require(usage != null && usage.hasKeyPurposeId(KeyPurposeId.id_kp_OCSPSigning),
                "the responder is not one for OCSP");
        Judge.require(Judge.issued(ca, delegate), "the responder is not of this CA");
        return delegate;
    }

    private static String word(CertificateStatus status) {
        if (status == CertificateStatus.GOOD) {
            return "good";
        }
        return status instanceof RevokedStatus ? "revoked" : "unknown";
    }

    /* Is it an answer of this CA to this request, which says this? */
    static void judge(X509CertificateHolder ca, String file, String request, String says)
            throws Exception {
        OCSPResp response = new OCSPResp(Files.readAllBytes(Path.of(file)));
        Judge.require(response.getStatus() == OCSPResp.SUCCESSFUL, "an error response");
        BasicOCSPResp basic = (BasicOCSPResp) response.getResponseObject();
        OCSPReq asked = new OCSPReq(Files.readAllBytes(Path.of(request)));
        Judge.require(basic.isSignatureValid(Judge.verifier(responder(basic, ca))),
                "the response is forged");
        Extension nonce = asked.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
        Judge.require(nonce.equals(basic.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce)),
                "another nonce");
        SingleResp single = basic.getResponses()[0];
        Judge.require(basic.getResponses().length == 1
                && single.getCertID().equals(asked.getRequestList()[0].getCertID())
                && single.getCertID().matchesIssuer(ca, digests()), "about somebody else");
        Date now = new Date();
        Judge.require(!single.getThisUpdate().after(now) && now.before(single.getNextUpdate()),
                "not of now");
        Judge.require(word(single.getCertStatus()).equals(says),
                "it says " + word(single.getCertStatus()));
    }

    /* Writes a request with a nonce. */
    static void ask(String ca, String certificate, String digest, String out) throws Exception {
        byte[] nonce = new byte[16];
        new SecureRandom().nextBytes(nonce);
        CertificateID id = new CertificateID(digest(digest), Judge.certificate(ca),
                Judge.certificate(certificate).getSerialNumber());
        Files.write(Path.of(out), new OCSPReqBuilder().addRequest(id)
                .setRequestExtensions(new Extensions(new Extension(
                        OCSPObjectIdentifiers.id_pkix_ocsp_nonce, false,
                        new DEROctetString(nonce).getEncoded())))
                .build().getEncoded());
    }

    /* Writes a response about a certificate of `ca`, signed by `key`. */
    static void answer(X509CertificateHolder ca, X509CertificateHolder about, String digest,
            CertificateStatus status, X509CertificateHolder by, KeyPair key, Path out)
            throws Exception {
        Date now = new Date(System.currentTimeMillis() - 5_000);
        Date next = new Date(now.getTime() + 86_400_000L);
        RespID name = by == ca ? new RespID(ca.getSubject())
                : new RespID(by.getSubjectPublicKeyInfo(), digest("sha1"));
        BasicOCSPResp basic = new BasicOCSPRespBuilder(name)
                .addResponse(new CertificateID(digest(digest), ca, about.getSerialNumber()),
                        status, now, next)
                .build(Issuer.signer(key), by == ca ? null : new X509CertificateHolder[] {by}, now);
        Files.write(out, new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic)
                .getEncoded());
    }

    static CertificateStatus revoked() {
        Date day = new Date(System.currentTimeMillis() - 3_600_000L);
        return new RevokedStatus(new RevokedInfo(new ASN1GeneralizedTime(day),
                CRLReason.lookup(CRLReason.keyCompromise)));
    }

    static CertificateStatus unknown() {
        return new UnknownStatus();
    }
}
