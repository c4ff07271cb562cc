// SPDX-License-Identifier: Apache-2.0
// Authority.java - BouncyCastle judges what an SM2 authority makes: certificates with every
// extension, full, delta and partitioned CRLs, envelopes for keys; and makes envelopes itself.
//
//   java Authority.java FOLDER     reads what tests/interop/test_authority.c wrote there
//
// Says "ok NAME" or "FAIL NAME: why" for each case, one a line.

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1PrintableString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.CertificatePolicies;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.jcajce.PKIXExtendedParameters;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

public final class Authority {
    private static final String GM = "1.2.156.10197.";
    private final Path folder;
    private final X509CertificateHolder ca;
    private final X509CertificateHolder holder;
    private final ECPrivateKeyParameters key;

    private Authority(Path folder) throws Exception {
        this.folder = folder;
        ca = certificate("ca.der");
        holder = certificate("holder.der");
        key = (ECPrivateKeyParameters) PrivateKeyFactory.createKey(
                PrivateKeyInfo.getInstance(read("holder.key")));
    }

    private byte[] read(String name) throws Exception {
        return Files.readAllBytes(folder.resolve(name));
    }

    private X509CertificateHolder certificate(String name) throws Exception {
        return new X509CertificateHolder(read(name));
    }

    private X509CRLHolder crl(String name) throws Exception {
        return new X509CRLHolder(read(name));
    }

    private static void require(boolean condition, String why) {
        if (!condition) {
            throw new IllegalStateException(why);
        }
    }

    private static ASN1Primitive strict(byte[] der) throws Exception {
        ASN1Primitive object = ASN1Primitive.fromByteArray(der);
        require(java.util.Arrays.equals(object.getEncoded("DER"), der), "not DER");
        return object;
    }

    // --- Certificates ---------------------------------------------------------------------------

    private void extensions() throws Exception {
        strict(holder.getEncoded());
        require(holder.isSignatureValid(new JcaContentVerifierProviderBuilder().setProvider("BC")
                .build(ca)), "signature");
        CertificatePolicies policies = CertificatePolicies.fromExtensions(holder.getExtensions());
        require(policies.getPolicyInformation().length == 2, "policies");
        GeneralNames names = GeneralNames.fromExtensions(holder.getExtensions(),
                Extension.subjectAlternativeName);
        require(names.getNames().length == 5, "names");
        CRLDistPoint points = CRLDistPoint.getInstance(
                holder.getExtension(Extension.cRLDistributionPoints).getParsedValue());
        require(points.getDistributionPoints().length == 2, "distribution points");
        CRLDistPoint.getInstance(holder.getExtension(Extension.freshestCRL).getParsedValue());
        ASN1TaggedObject code = ASN1TaggedObject.getInstance(identity(1));
        require(code.getTagNo() == 0 && ASN1PrintableString.getInstance(code, true).getString()
                .equals("11010119900101123X"), "identity code");
        for (int number = 2; number <= 5; number++) {
            require(identity(number) instanceof ASN1PrintableString, "identity " + number);
        }
        NameConstraints constraints = NameConstraints.getInstance(
                certificate("sub.der").getExtension(Extension.nameConstraints).getParsedValue());
        require(constraints.getPermittedSubtrees().length == 3
                && constraints.getExcludedSubtrees().length == 1, "name constraints");
    }

    private ASN1Primitive identity(int number) {
        return holder.getExtension(new ASN1ObjectIdentifier("1.2.156.10260.4.1." + number))
                .getParsedValue().toASN1Primitive();
    }

    // --- CRLs -----------------------------------------------------------------------------------

    private void crls() throws Exception {
        for (String name : new String[] {"full.crl", "held.crl", "adds.crl", "lets.crl",
            "part.crl"}) {
            strict(crl(name).getEncoded());
            require(crl(name).isSignatureValid(new JcaContentVerifierProviderBuilder()
                    .setProvider("BC").build(ca)), name);
        }
        Extension base = crl("adds.crl").getExtension(Extension.deltaCRLIndicator);
        require(base.isCritical() && ASN1Integer.getInstance(base.getParsedValue()).getValue()
                .equals(BigInteger.valueOf(7)), "base number");
        Extension scope = crl("part.crl").getExtension(Extension.issuingDistributionPoint);
        IssuingDistributionPoint point =
                IssuingDistributionPoint.getInstance(scope.getParsedValue());
        require(scope.isCritical() && point.onlyContainsUserCerts() && !point.onlyContainsCACerts()
                && point.getDistributionPoint() != null, "scope");
    }

    /* PKIX with deltas: is the holder accepted by these CRLs? */
    private boolean accepted(String... names) throws Exception {
        JcaX509CRLConverter converter = new JcaX509CRLConverter().setProvider("BC");
        List<X509CRL> crls = new ArrayList<>();
        for (String name : names) {
            crls.add(converter.getCRL(crl(name)));
        }
        JcaX509CertificateConverter java = new JcaX509CertificateConverter().setProvider("BC");
        X509Certificate anchor = java.getCertificate(ca);
        PKIXParameters parameters =
                new PKIXParameters(Collections.singleton(new TrustAnchor(anchor, null)));
        parameters.addCertStore(CertStore.getInstance("Collection",
                new CollectionCertStoreParameters(crls), "BC"));
        PKIXExtendedParameters extended =
                new PKIXExtendedParameters.Builder(parameters).setUseDeltasEnabled(true).build();
        try {
            CertPathValidator.getInstance("PKIX", "BC").validate(
                    CertificateFactory.getInstance("X.509", "BC").generateCertPath(
                            List.of(java.getCertificate(holder))), extended);
            return true;
        } catch (CertPathValidatorException refused) {
            return false;
        }
    }

    private void deltas() throws Exception {
        require(accepted("full.crl"), "clean");
        require(!accepted("held.crl"), "on hold");
        require(!accepted("full.crl", "adds.crl"), "revoked by the delta");
        require(accepted("part.crl"), "of its part");
        require(!accepted("other.crl"), "of another part");
        require(!accepted("ca-only.crl"), "of CAs only");
    }

    // --- Envelopes ------------------------------------------------------------------------------

    /* SM2Cipher to C1 || C3 || C2, and opened. */
    private byte[] open(ASN1Sequence cipher) throws Exception {
        java.io.ByteArrayOutputStream raw = new java.io.ByteArrayOutputStream();
        raw.write(4);
        for (int i = 0; i < 2; i++) {
            raw.write(org.bouncycastle.util.BigIntegers.asUnsignedByteArray(32,
                    ASN1Integer.getInstance(cipher.getObjectAt(i)).getPositiveValue()));
        }
        raw.write(ASN1OctetString.getInstance(cipher.getObjectAt(2)).getOctets());
        raw.write(ASN1OctetString.getInstance(cipher.getObjectAt(3)).getOctets());
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(false, key);
        return engine.processBlock(raw.toByteArray(), 0, raw.size());
    }

    private ASN1Sequence close(byte[] plain) throws Exception {
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(true, new ParametersWithRandom(
                PublicKeyFactory.createKey(holder.getSubjectPublicKeyInfo()),
                new SecureRandom()));
        byte[] raw = engine.processBlock(plain, 0, plain.length);
        ASN1EncodableVector parts = new ASN1EncodableVector();
        parts.add(new ASN1Integer(new BigInteger(1, java.util.Arrays.copyOfRange(raw, 1, 33))));
        parts.add(new ASN1Integer(new BigInteger(1, java.util.Arrays.copyOfRange(raw, 33, 65))));
        parts.add(new DEROctetString(java.util.Arrays.copyOfRange(raw, 65, 97)));
        parts.add(new DEROctetString(java.util.Arrays.copyOfRange(raw, 97, raw.length)));
        return new DERSequence(parts);
    }

    private static byte[] ecb(boolean encrypt, byte[] symmetric, byte[] in) {
        SM4Engine engine = new SM4Engine();
        byte[] out = new byte[in.length];
        engine.init(encrypt, new KeyParameter(symmetric));
        for (int at = 0; at < in.length; at += 16) {
            engine.processBlock(in, at, out, at);
        }
        return out;
    }

    private static byte[] cbc(boolean encrypt, byte[] symmetric, byte[] iv, byte[] in)
            throws Exception {
        PaddedBufferedBlockCipher cipher =
                new PaddedBufferedBlockCipher(new CBCBlockCipher(new SM4Engine()));
        cipher.init(encrypt, new ParametersWithIV(new KeyParameter(symmetric), iv));
        byte[] out = new byte[cipher.getOutputSize(in.length)];
        int done = cipher.processBytes(in, 0, in.length, out, 0);
        done += cipher.doFinal(out, done);
        return java.util.Arrays.copyOf(out, done);
    }

    private static DERSequence algorithm(String oid, DEROctetString parameters) {
        ASN1EncodableVector parts = new ASN1EncodableVector();
        parts.add(new ASN1ObjectIdentifier(oid));
        if (parameters != null) {
            parts.add(parameters);
        }
        return new DERSequence(parts);
    }

    private static DERSequence sequence(org.bouncycastle.asn1.ASN1Encodable... parts) {
        return new DERSequence(parts);
    }

    /* The scalar must make the point; then the same key goes back in an envelope of our own. */
    private void envelopedKey() throws Exception {
        ASN1Sequence envelope = ASN1Sequence.getInstance(strict(read("key.env")));
        byte[] symmetric = open(ASN1Sequence.getInstance(envelope.getObjectAt(1)));
        byte[] scalar = ecb(false, symmetric,
                ASN1BitString.getInstance(envelope.getObjectAt(3)).getOctets());
        byte[] point = ASN1BitString.getInstance(envelope.getObjectAt(2)).getOctets();
        require(java.util.Arrays.equals(point, key.getParameters().getG()
                .multiply(new BigInteger(1, scalar)).normalize().getEncoded(false)), "no pair");

        byte[] fresh = new byte[16];
        new SecureRandom().nextBytes(fresh);
        Files.write(folder.resolve("key-back.env"), sequence(algorithm(GM + "1.104.1", null),
                close(fresh), new DERBitString(point), new DERBitString(ecb(true, fresh, scalar)))
                .getEncoded("DER"));
    }

    private void envelopedData() throws Exception {
        ASN1Sequence info = ASN1Sequence.getInstance(strict(read("data.env")));
        require(info.getObjectAt(0).toString().equals(GM + "6.1.4.2.3"), "content type");
        ASN1Sequence data = ASN1Sequence.getInstance(
                ASN1TaggedObject.getInstance(info.getObjectAt(1)), true);
        ASN1Sequence recipient = ASN1Sequence.getInstance(
                ASN1Set.getInstance(data.getObjectAt(1)).getObjectAt(0));
        byte[] symmetric = open(ASN1Sequence.getInstance(
                ASN1OctetString.getInstance(recipient.getObjectAt(3)).getOctets()));
        ASN1Sequence content = ASN1Sequence.getInstance(data.getObjectAt(2));
        ASN1Sequence algorithm = ASN1Sequence.getInstance(content.getObjectAt(1));
        byte[] iv = ASN1OctetString.getInstance(algorithm.getObjectAt(1)).getOctets();
        byte[] plain = cbc(false, symmetric, iv, ASN1OctetString.getInstance(
                ASN1TaggedObject.getInstance(content.getObjectAt(2)), false).getOctets());
        require(java.util.Arrays.equals(plain, read("data.txt")), "another content");

        byte[] fresh = new byte[16];
        new SecureRandom().nextBytes(fresh);
        DERSequence back = sequence(new ASN1ObjectIdentifier(GM + "6.1.4.2.3"),
                new DERTaggedObject(true, 0, sequence(new ASN1Integer(1),
                        new DERSet(sequence(new ASN1Integer(1), recipient.getObjectAt(1),
                                algorithm(GM + "1.301.3", null),
                                new DEROctetString(close(fresh).getEncoded("DER")))),
                        sequence(new ASN1ObjectIdentifier(GM + "6.1.4.2.1"),
                                algorithm(GM + "1.104", new DEROctetString(iv)),
                                new DERTaggedObject(false, 0,
                                        new DEROctetString(cbc(true, fresh, iv, plain)))))));
        Files.write(folder.resolve("data-back.env"), back.getEncoded("DER"));
    }

    // --- Cases ----------------------------------------------------------------------------------

    private interface Case {
        void run() throws Exception;
    }

    private static void judge(String name, Case work) {
        try {
            work.run();
            System.out.println("ok " + name);
        } catch (Exception refused) {
            System.out.println("FAIL " + name + ": " + refused);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        Authority authority = new Authority(Path.of(arguments[0]));
        judge("extensions", authority::extensions);
        judge("crls", authority::crls);
        judge("deltas", authority::deltas);
        judge("enveloped key", authority::envelopedKey);
        judge("enveloped data", authority::envelopedData);
    }
}
