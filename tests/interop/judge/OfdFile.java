// SPDX-License-Identifier: Apache-2.0
// OfdFile.java - a second opinion on sealed and signed OFD packages: every signature, digest and
// reference recomputed by java.util.zip, javax.xml and BouncyCastle.

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class OfdFile {
    private static final String SIGNED_DATA = "1.2.156.10197.6.1.4.2.2";
    private static final String SM3 = "1.2.156.10197.1.401";
    private static final String MESSAGE_DIGEST = "1.2.840.113549.1.9.4";

    private final Map<String, byte[]> parts = new HashMap<>();
    private final X509CertificateHolder ca;

    OfdFile(String path, X509CertificateHolder ca) throws Exception {
        this.ca = ca;
        try (ZipFile zip = new ZipFile(path)) {
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements();) {
                ZipEntry entry = all.nextElement();
                try (InputStream in = zip.getInputStream(entry)) {
                    byte[] old = parts.put("/" + entry.getName(), in.readAllBytes());
                    Judge.require(old == null, "two parts are named " + entry.getName());
                }
            }
        }
    }

    byte[] part(String path) {
        byte[] bytes = parts.get(path);
        Judge.require(bytes != null, path + " is missing");
        return bytes;
    }

    static String resolve(String base, String location) {
        String folder = base.substring(0, base.lastIndexOf('/') + 1);
        return location.startsWith("/") ? location : folder + location;
    }

    Document xml(String path) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(part(path)));
    }

    static List<Element> all(Document document, String name) {
        NodeList nodes = document.getElementsByTagNameNS("*", name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    static String text(Document document, String name) {
        List<Element> found = all(document, name);
        Judge.require(!found.isEmpty(), name + " is missing");
        return found.get(0).getTextContent().trim();
    }

    /* Every signature of the package must hold; returns how many there are. */
    int check() throws Exception {
        int count = 0;
        for (Element list : all(xml("/OFD.xml"), "Signatures")) {
            String path = resolve("/OFD.xml", list.getTextContent().trim());
            for (Element signature : all(xml(path), "Signature")) {
                check(resolve(path, signature.getAttribute("BaseLoc")),
                        signature.getAttribute("Type"));
                count++;
            }
        }
        Judge.require(count > 0, "no signature");
        return count;
    }

    private void check(String path, String type) throws Exception {
        Document signature = xml(path);
        checkReferences(signature);
        String value = resolve(path, text(signature, "SignedValue"));
        if (type.equals("Sign")) {
            checkSignedData(part(value), part(path));
        } else {
            checkSeal(part(value), path, signature);
        }
    }

    private void checkReferences(Document signature) throws Exception {
        List<Element> references = all(signature, "Reference");
        Judge.require(!references.isEmpty(), "nothing is protected");
        for (Element reference : references) {
            String path = reference.getAttribute("FileRef");
            byte[] want = Base64.getDecoder().decode(
                    all(reference, "CheckValue").getTextContent().trim());
            Judge.require(Arrays.equals(want, Judge.sm3(part(path))), path + " was changed");
        }
    }

    private static Element all(Element parent, String name) {
        return (Element) parent.getElementsByTagNameNS("*", name).item(0);
    }

    /* SES_Signature: two elements in version 1, where certificate and algorithm are signed too. */
    private void checkSeal(byte[] value, String path, Document signature) throws Exception {
        ASN1Sequence outer = SealFile.sequence(SealFile.strict(value));
        ASN1Sequence signed = SealFile.sequence(outer.getObjectAt(0));
        boolean first = outer.size() == 2;
        ASN1Sequence from = first ? signed : outer;
        int at = first ? 5 : 1;
        X509CertificateHolder signer = new X509CertificateHolder(
                ASN1OctetString.getInstance(from.getObjectAt(at)).getOctets());
        Object algorithm = from.getObjectAt(at + 1);
        Judge.require(algorithm.equals(SealFile.SM2_WITH_SM3), "the algorithm is " + algorithm);
        byte[] bits = ASN1BitString.getInstance(outer.getObjectAt(first ? 1 : 3)).getOctets();
        Judge.require(Judge.issued(ca, signer), "the signer's certificate is not the CA's");
        Judge.require(Judge.sm2(signer, signed.getEncoded(ASN1Encoding.DER), bits),
                "the signature value is wrong");
        checkSigned(signed, path, signer, signature);
    }

    private void checkSigned(ASN1Sequence signed, String path, X509CertificateHolder signer,
            Document signature) throws Exception {
        SealFile seal = new SealFile(signed.getObjectAt(1).toASN1Primitive().getEncoded());
        seal.check(ca);
        Judge.require(seal.lists(signer), "the seal does not list the signer");
        int version = ASN1Integer.getInstance(signed.getObjectAt(0)).intValueExact();
        Judge.require(version == seal.version(), "signature and seal differ in version");
        byte[] hash = ASN1BitString.getInstance(signed.getObjectAt(3)).getOctets();
        Judge.require(Arrays.equals(hash, Judge.sm3(part(path))), path + " was changed");
        String property = ASN1IA5String.getInstance(signed.getObjectAt(4)).getString();
        Judge.require(property.equals(path), "propertyInfo names " + property);
        for (Element element : all(signature, "Seal")) {
            String location = all(element, "BaseLoc").getTextContent().trim();
            Judge.require(Arrays.equals(seal.der, part(resolve(path, location))),
                    "Seal.esl differs from the signed seal");
        }
    }

    /* GB/T 35275 SignedData, detached, with signed attributes. */
    private void checkSignedData(byte[] value, byte[] content) throws Exception {
        ASN1Sequence outer = SealFile.sequence(SealFile.strict(value));
        ASN1ObjectIdentifier type = ASN1ObjectIdentifier.getInstance(outer.getObjectAt(0));
        Judge.require(type.getId().equals(SIGNED_DATA), "content type is " + type);
        ASN1Sequence data = SealFile.sequence(explicit(outer.getObjectAt(1)));
        X509CertificateHolder signer = null;
        for (ASN1Encodable element : data) {
            if (element instanceof ASN1TaggedObject tagged && tagged.getTagNo() == 0) {
                ASN1Set certificates = ASN1Set.getInstance(tagged, false);
                signer = new X509CertificateHolder(
                        certificates.getObjectAt(0).toASN1Primitive().getEncoded());
            }
        }
        Judge.require(signer != null, "no certificate inside");
        Judge.require(Judge.issued(ca, signer), "the signer's certificate is not the CA's");
        ASN1Set infos = ASN1Set.getInstance(data.getObjectAt(data.size() - 1));
        checkSignerInfo(SealFile.sequence(infos.getObjectAt(0)), signer, content);
    }

    private static Object explicit(ASN1Encodable object) {
        return ASN1TaggedObject.getInstance(object).getExplicitBaseObject();
    }

    private static void checkSignerInfo(ASN1Sequence info, X509CertificateHolder signer,
            byte[] content) throws Exception {
        IssuerAndSerialNumber named = IssuerAndSerialNumber.getInstance(info.getObjectAt(1));
        Judge.require(named.getName().equals(signer.getIssuer())
                && named.getSerialNumber().getValue().equals(signer.getSerialNumber()),
                "SignerInfo names another certificate");
        AlgorithmIdentifier digestAlgorithm = AlgorithmIdentifier.getInstance(info.getObjectAt(2));
        Judge.require(digestAlgorithm.getAlgorithm().getId().equals(SM3), "the digest is not SM3");
        ASN1Set attributes = ASN1Set.getInstance((ASN1TaggedObject) info.getObjectAt(3), false);
        byte[] digest = null;
        for (ASN1Encodable element : attributes) {
            ASN1Sequence attribute = SealFile.sequence(element);
            if (attribute.getObjectAt(0).toString().equals(MESSAGE_DIGEST)) {
                digest = ASN1OctetString.getInstance(
                        ASN1Set.getInstance(attribute.getObjectAt(1)).getObjectAt(0)).getOctets();
            }
        }
        Judge.require(Arrays.equals(digest, Judge.sm3(content)), "the message digest is wrong");
        byte[] bits = ASN1OctetString.getInstance(info.getObjectAt(5)).getOctets();
        Judge.require(Judge.sm2(signer, attributes.getEncoded(ASN1Encoding.DER), bits),
                "the signature value is wrong");
    }

    /* What openssl is asked about: to-be-signed bytes, signature and certificate of the first. */
    List<byte[]> evidence(String path) throws Exception {
        ASN1Sequence outer = SealFile.sequence(SealFile.strict(part(path)));
        return List.of(outer.getObjectAt(0).toASN1Primitive().getEncoded(ASN1Encoding.DER),
                ASN1BitString.getInstance(outer.getObjectAt(3)).getOctets(),
                ASN1OctetString.getInstance(outer.getObjectAt(1)).getOctets());
    }
}
