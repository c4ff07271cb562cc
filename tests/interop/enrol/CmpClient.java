// SPDX-License-Identifier: Apache-2.0
// CmpClient.java - BouncyCastle enrols an SM2 key by CMP: ir under a shared secret with SM3, then cr
// signed by what it got, each confirmed; and what is forged must be refused.
//
//   java CmpClient.java URL CA.pem REFERENCE SECRET SUBJECT
//
// Says "ok NAME" or "FAIL NAME: why" for each case, one a line.

import java.io.FileReader;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.HttpURLConnection;
import java.net.URL;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.ECGenParameterSpec;
import java.util.Date;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.cmp.CMPCertificate;
import org.bouncycastle.asn1.cmp.CertRepMessage;
import org.bouncycastle.asn1.cmp.CertResponse;
import org.bouncycastle.asn1.cmp.PBMParameter;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIMessage;
import org.bouncycastle.asn1.crmf.CertReqMessages;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.cmp.CertificateConfirmationContentBuilder;
import org.bouncycastle.cert.cmp.GeneralPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessageBuilder;
import org.bouncycastle.cert.crmf.CertificateRequestMessage;
import org.bouncycastle.cert.crmf.CertificateRequestMessageBuilder;
import org.bouncycastle.cert.crmf.PKMACBuilder;
import org.bouncycastle.cert.crmf.jcajce.JcePKMACValuesCalculator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

public final class CmpClient {
    // 1.2.156.10197.1.401.2 of GM/T 0006
    private static final ASN1ObjectIdentifier HMAC_SM3 = GMObjectIdentifiers.hmac_sm3;
    private final SecureRandom random = new SecureRandom();
    private final URL url;
    private final X509CertificateHolder ca;
    private final String reference;
    private final char[] secret;
    private final X500Name subject;
    private KeyPair keys;
    private X509CertificateHolder own;
    private byte[] transaction;
    private byte[] answered;

    private CmpClient(String[] arguments) throws Exception {
        url = new URL(arguments[0]);
        try (PEMParser parser = new PEMParser(new FileReader(arguments[1]))) {
            ca = (X509CertificateHolder) parser.readObject();
        }
        reference = arguments[2];
        secret = arguments[3].toCharArray();
        subject = new X500Name(arguments[4]);
    }

    private static void require(boolean condition, String why) {
        if (!condition) {
            throw new IllegalStateException(why);
        }
    }

    private byte[] fresh() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return bytes;
    }

    // --- Messages -------------------------------------------------------------------------------

    private PKMACBuilder mac() throws Exception {
        return new PKMACBuilder(new JcePKMACValuesCalculator().setProvider("BC"))
                .setParameters(new PBMParameter(fresh(),
                        new AlgorithmIdentifier(GMObjectIdentifiers.sm3), 1000,
                        new AlgorithmIdentifier(HMAC_SM3)));
    }

    private ContentSigner signer(KeyPair pair) throws Exception {
        return new JcaContentSignerBuilder("SM3withSM2").setProvider("BC").build(pair.getPrivate());
    }

    private ProtectedPKIMessageBuilder header(boolean signed) {
        ProtectedPKIMessageBuilder builder = new ProtectedPKIMessageBuilder(2,
                new GeneralName(signed ? own.getSubject() : new X500Name(new RDN[0])),
                new GeneralName(ca.getSubject()));
        builder.setTransactionID(transaction).setSenderNonce(fresh()).setMessageTime(new Date());
        if (answered != null) {
            builder.setRecipNonce(answered);
        }
        if (!signed) {
            builder.setSenderKID(reference.getBytes());
        }
        return builder;
    }

    private ProtectedPKIMessage protect(ProtectedPKIMessageBuilder builder, KeyPair signing)
            throws Exception {
        if (signing == null) {
            return builder.build(mac().build(secret));
        }
        return builder.addCMPCertificate(own).build(signer(signing));
    }

    private PKIBody request(int type, KeyPair pair) throws Exception {
        CertificateRequestMessage message = new CertificateRequestMessageBuilder(BigInteger.ZERO)
                .setSubject(subject)
                .setPublicKey(SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()))
                .setProofOfPossessionSigningKeySigner(signer(pair)).build();
        return new PKIBody(type, new CertReqMessages(message.toASN1Structure()));
    }

    private byte[] post(byte[] message) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/pkixcmp");
        try (OutputStream out = connection.getOutputStream()) {
            out.write(message);
        }
        require(connection.getContentType().equals("application/pkixcmp"), "content type");
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes();
        }
    }

    /** The answer, its protection checked. */
    private PKIMessage ask(ProtectedPKIMessage message, boolean signed) throws Exception {
        ProtectedPKIMessage answer = new ProtectedPKIMessage(new GeneralPKIMessage(
                post(message.toASN1Structure().getEncoded("DER"))));
        if (signed) {
            X509CertificateHolder server = answer.getCertificates()[0];
            require(server.isSignatureValid(new JcaContentVerifierProviderBuilder()
                    .setProvider("BC").build(ca)), "the certificate of the server");
            require(answer.verify(new JcaContentVerifierProviderBuilder().setProvider("BC")
                    .build(server)), "the signature of the answer");
        } else {
            require(answer.verify(mac(), secret), "the MAC of the answer");
        }
        answered = answer.getHeader().getSenderNonce().getOctets();
        return answer.toASN1Structure();
    }

    // --- Cases ----------------------------------------------------------------------------------

    private X509CertificateHolder enrol(int type, KeyPair signing, KeyPair pair) throws Exception {
        boolean signed = signing != null;
        transaction = fresh();
        answered = null;
        PKIMessage answer = ask(protect(header(signed).setBody(request(type, pair)), signing),
                signed);
        require(answer.getBody().getType() == type + 1, "kind " + answer.getBody().getType());
        CertResponse response = CertRepMessage.getInstance(answer.getBody().getContent())
                .getResponse()[0];
        CMPCertificate issued = response.getCertifiedKeyPair().getCertOrEncCert().getCertificate();
        X509CertificateHolder holder = new X509CertificateHolder(issued.getX509v3PKCert());
        require(holder.isSignatureValid(new JcaContentVerifierProviderBuilder().setProvider("BC")
                .build(ca)), "the certificate");
        confirm(holder, signing);
        return holder;
    }

    private void confirm(X509CertificateHolder holder, KeyPair signing) throws Exception {
        PKIBody body = new PKIBody(PKIBody.TYPE_CERT_CONFIRM,
                new CertificateConfirmationContentBuilder()
                        .addAcceptedCertificate(holder, BigInteger.ZERO)
                        .build(new JcaDigestCalculatorProviderBuilder().setProvider("BC").build())
                        .toASN1Structure());
        PKIMessage answer = ask(protect(header(signing != null).setBody(body), signing),
                signing != null);
        require(answer.getBody().getType() == PKIBody.TYPE_CONFIRM,
                "kind " + answer.getBody().getType());
    }

    private void bySecret() throws Exception {
        KeyPair pair = generate();
        own = enrol(PKIBody.TYPE_INIT_REQ, null, pair);
        keys = pair;
    }

    private void bySignature() throws Exception {
        enrol(PKIBody.TYPE_CERT_REQ, keys, generate());
        enrol(PKIBody.TYPE_KEY_UPDATE_REQ, keys, generate());
    }

    private void forged() throws Exception {
        transaction = fresh();
        answered = null;
        PKIMessage good = protect(header(true).setBody(request(PKIBody.TYPE_CERT_REQ, generate())),
                keys).toASN1Structure();
        byte[] value = good.getProtection().getBytes();
        value[value.length - 1] ^= 1;
        PKIMessage bad = new PKIMessage(good.getHeader(), good.getBody(), new DERBitString(value),
                good.getExtraCerts());
        PKIMessage answer = PKIMessage.getInstance(post(bad.getEncoded("DER")));
        require(answer.getBody().getType() == PKIBody.TYPE_ERROR, "taken");
    }

    private static KeyPair generate() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
        generator.initialize(new ECGenParameterSpec("sm2p256v1"));
        return generator.generateKeyPair();
    }

    private interface Case {
        void run() throws Exception;
    }

    private static void judge(String name, Case one) {
        try {
            one.run();
            System.out.println("ok " + name);
        } catch (Exception failure) {
            System.out.println("FAIL " + name + ": " + failure);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        CmpClient client = new CmpClient(arguments);
        judge("SM2 by a secret with SM3", client::bySecret);
        judge("SM2 by a signature, and updated", client::bySignature);
        judge("SM2 forged", client::forged);
    }
}
