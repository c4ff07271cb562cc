// SPDX-License-Identifier: Apache-2.0
// SealFile.java - a second opinion on seals and seal signatures: GM/T 0031-2014 (version 1),
// GB/T 38540-2020 (4), GM/T 0031-2025 (5), parsed and checked by BouncyCastle alone.

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.cert.X509CertificateHolder;

final class SealFile {
    static final ASN1ObjectIdentifier SM2_WITH_SM3 =
            new ASN1ObjectIdentifier("1.2.156.10197.1.501");

    final ASN1Sequence info;
    final X509CertificateHolder maker;
    final byte[] makerSigned;
    final byte[] makerSignature;
    final byte[] der;

    /* SESeal: two elements in version 1, four or five in 4 and 5. */
    SealFile(byte[] bytes) throws Exception {
        der = bytes;
        ASN1Sequence seal = sequence(strict(bytes));
        info = sequence(seal.getObjectAt(0));
        boolean first = seal.size() == 2;
        ASN1Sequence rest = first ? sequence(seal.getObjectAt(1)) : seal;
        int at = first ? 0 : 1;
        ASN1OctetString certificate = ASN1OctetString.getInstance(rest.getObjectAt(at));
        ASN1ObjectIdentifier algorithm =
                ASN1ObjectIdentifier.getInstance(rest.getObjectAt(at + 1));
        Judge.require(algorithm.equals(SM2_WITH_SM3), "the maker's algorithm is " + algorithm);
        maker = new X509CertificateHolder(certificate.getOctets());
        makerSignature = ASN1BitString.getInstance(rest.getObjectAt(at + 2)).getOctets();
        makerSigned = first
                ? new DERSequence(new org.bouncycastle.asn1.ASN1Encodable[] {info, certificate,
                        algorithm}).getEncoded(ASN1Encoding.DER)
                : info.getEncoded(ASN1Encoding.DER);
    }

    /* DER and nothing behind it: what BouncyCastle would write is what stands there. */
    static ASN1Primitive strict(byte[] bytes) throws Exception {
        ASN1Primitive value = ASN1Primitive.fromByteArray(bytes);
        Judge.require(Arrays.equals(value.getEncoded(ASN1Encoding.DER), bytes), "not DER");
        return value;
    }

    static ASN1Sequence sequence(Object object) {
        return ASN1Sequence.getInstance(object);
    }

    ASN1Sequence property() {
        return sequence(info.getObjectAt(2));
    }

    int version() {
        return ASN1Integer.getInstance(sequence(info.getObjectAt(0)).getObjectAt(1))
                .intValueExact();
    }

    /* Versions 4 and 5 say first whether the list holds certificates (1) or digests (2). */
    boolean lists(X509CertificateHolder signer) throws Exception {
        boolean typed = version() >= 4 && version() <= 5;
        int kind = typed ? ASN1Integer.getInstance(property().getObjectAt(2)).intValueExact() : 1;
        byte[] wanted = kind == 1 ? signer.getEncoded() : Judge.sm3(signer.getEncoded());
        for (Object entry : sequence(property().getObjectAt(typed ? 3 : 2))) {
            if (Arrays.equals(wanted, holder(entry, kind))) {
                return true;
            }
        }
        return false;
    }

    private static byte[] holder(Object entry, int kind) {
        Object value = kind == 1 ? entry : sequence(entry).getObjectAt(1);
        return ASN1OctetString.getInstance(value).getOctets();
    }

    void check(X509CertificateHolder ca) throws Exception {
        ASN1Sequence header = sequence(info.getObjectAt(0));
        String id = ASN1IA5String.getInstance(header.getObjectAt(0)).getString();
        Judge.require(id.equals("ES"), "header ID is " + id);
        Judge.require(info.size() >= 4, "SealInfo is too short");
        Judge.require(Judge.issued(ca, maker), "the maker's certificate is not the CA's");
        Judge.require(Judge.sm2(maker, makerSigned, makerSignature),
                "the maker's signature is wrong");
    }

    /* What openssl is asked about: bytes, signature, certificate. */
    List<byte[]> evidence() throws Exception {
        List<byte[]> all = new ArrayList<>();
        all.add(makerSigned);
        all.add(makerSignature);
        all.add(maker.getEncoded());
        return all;
    }
}
