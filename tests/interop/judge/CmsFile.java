// SPDX-License-Identifier: Apache-2.0
// CmsFile.java - SignedData and time-stamp responses as BouncyCastle's own CMS and TSP classes see
// them, with SM2 as with all other keys.

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationVerifier;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.util.Store;

final class CmsFile {
    private CmsFile() {}

    static byte[] read(String path) throws Exception {
        return Files.readAllBytes(Path.of(path));
    }

    private static X509CertificateHolder signer(Store<X509CertificateHolder> carried,
            SignerInformation information) throws Exception {
        @SuppressWarnings("unchecked")
        Collection<X509CertificateHolder> found = carried.getMatches(information.getSID());
        Judge.require(found.size() == 1, "the signer's certificate is not carried");
        return found.iterator().next();
    }

    private static SignerInformationVerifier verifier(X509CertificateHolder signer)
            throws Exception {
        return new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(signer);
    }

    /* RFC 5035: the certificate that the signature names is the one that it carries. */
    private static void checkNamed(SignerInformation information, X509CertificateHolder signer)
            throws Exception {
        Attribute attribute = information.getSignedAttributes()
                .get(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
        Judge.require(attribute != null, "signing-certificate-v2 is missing");
        ESSCertIDv2 named = SigningCertificateV2
                .getInstance(attribute.getAttributeValues()[0]).getCerts()[0];
        DigestCalculator calculator = new JcaDigestCalculatorProviderBuilder().setProvider("BC")
                .build().get(named.getHashAlgorithm());
        calculator.getOutputStream().write(signer.getEncoded());
        Judge.require(Arrays.equals(calculator.getDigest(), named.getCertHash()),
                "signing-certificate-v2 names another certificate");
    }

    /* Detached SignedData over the content; the seal attribute, when there is one, holds a seal. */
    static void cms(X509CertificateHolder ca, String file, String content) throws Exception {
        byte[] der = read(file);
        Judge.require(Arrays.equals(der, ASN1Sequence.getInstance(der)
                .getEncoded(ASN1Encoding.DER)), "the SignedData is not DER");
        CMSSignedData data = new CMSSignedData(new CMSProcessableByteArray(read(content)), der);
        Judge.require(data.getSignerInfos().size() == 1, "there is not one signer");
        for (SignerInformation information : data.getSignerInfos()) {
            X509CertificateHolder signer = signer(data.getCertificates(), information);
            Judge.require(Judge.issued(ca, signer), "the signer was not certified by this CA");
            Judge.require(information.verify(verifier(signer)), "the signature does not verify");
            checkNamed(information, signer);
        }
    }

    /* A response to this request, by an authority of this CA. */
    static void tsp(X509CertificateHolder ca, String response, String request) throws Exception {
        TimeStampResponse answer = new TimeStampResponse(read(response));
        answer.validate(new TimeStampRequest(read(request)));
        TimeStampToken token = answer.getTimeStampToken();
        Judge.require(token != null, "no token: " + answer.getStatusString());
        SignerInformation information =
                token.toCMSSignedData().getSignerInfos().iterator().next();
        X509CertificateHolder signer = signer(token.getCertificates(), information);
        Judge.require(Judge.issued(ca, signer), "the authority was not certified by this CA");
        token.validate(verifier(signer));
        checkNamed(information, signer);
    }
}
