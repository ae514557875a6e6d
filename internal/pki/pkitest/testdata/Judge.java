import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.Security;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.esf.CrlOcspRef;
import org.bouncycastle.asn1.esf.CrlValidatedID;
import org.bouncycastle.asn1.esf.OcspResponsesID;
import org.bouncycastle.asn1.esf.OtherHash;
import org.bouncycastle.asn1.esf.RevocationValues;
import org.bouncycastle.asn1.ess.OtherCertID;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.tsp.TimeStampToken;

/** Judge tells for each file of a folder what BouncyCastle makes of it: its name, a tab, "accepts" or "refuses" and why. */
public class Judge {
    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        Path folder = Path.of(arguments[0]);
        try (var files = Files.newDirectoryStream(folder, "*.{p7s,cer,crl,ors}")) {
            for (Path file : files) {
                String verdict = "accepts";
                try {
                    judge(folder, file.getFileName().toString(), Files.readAllBytes(file));
                } catch (Throwable e) {
                    verdict = "refuses " + e.toString().replaceAll("\\s", " ");
                }
                System.out.println(file.getFileName() + "\t" + verdict);
            }
        }
    }

    static void judge(Path folder, String name, byte[] der) throws Exception {
        if (name.endsWith(".cer")) {
            certificate(new X509CertificateHolder(der));
        } else if (name.endsWith(".crl")) {
            new X509CRLHolder(der).getRevokedCertificates();
        } else if (name.endsWith(".ors")) {
            BasicOCSPResp basic = (BasicOCSPResp) new OCSPResp(der).getResponseObject();
            boolean valid = basic.getCerts().length == 0;
            for (X509CertificateHolder holder : basic.getCerts()) {
                certificate(holder);
                valid = valid || basic.isSignatureValid(new JcaContentVerifierProviderBuilder().setProvider("BC").build(holder));
            }
            if (!valid) {
                throw new Exception("the signature does not verify with an embedded certificate");
            }
            basic.getExtensionOIDs();
            for (SingleResp single : basic.getResponses()) {
                single.getCertID().getHashAlgOID();
                single.getExtensionOIDs();
            }
        } else {
            signature(der, Files.readAllBytes(folder.resolve("content")));
        }
    }

    static void certificate(X509CertificateHolder holder) {
        holder.getSubject();
        holder.getExtensions();
    }

    /** All signatures must verify, counter-signatures too, over the content that is inside or else over the file. */
    static void signature(byte[] der, byte[] content) throws Exception {
        CMSSignedData signed = new CMSSignedData(der);
        if (signed.isDetachedSignature()) {
            signed = new CMSSignedData(new CMSProcessableByteArray(content), der);
        } else if (!Arrays.equals((byte[]) signed.getSignedContent().getContent(), content)) {
            throw new Exception("another content is inside");
        }
        if (signed.getSignerInfos().size() == 0) {
            throw new Exception("no signer");
        }
        for (SignerInformation signer : signed.getSignerInfos()) {
            signer(signed, signer);
        }
    }

    static void signer(CMSSignedData signed, SignerInformation signer) throws Exception {
        var found = signed.getCertificates().getMatches(signer.getSID());
        if (found.isEmpty()) {
            throw new Exception("no certificate of the signer");
        }
        var builder = new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC");
        if (!signer.verify(builder.build((X509CertificateHolder) found.iterator().next()))) {
            throw new Exception("the signature does not verify");
        }
        for (SignerInformation counter : signer.getCounterSignatures()) {
            signer(signed, counter);
        }
        if (signer.getUnsignedAttributes() != null) {
            for (Attribute attribute : signer.getUnsignedAttributes().toASN1Structure().getAttributes()) {
                for (ASN1Encodable value : attribute.getAttrValues()) {
                    unsigned(signed, signer, attribute.getAttrType().getId(), value);
                }
            }
        }
    }

    /** Reads what CAdES knows of unsigned attributes, and compares each digest that can be computed. */
    static void unsigned(CMSSignedData signed, SignerInformation signer, String type, ASN1Encodable value) throws Exception {
        switch (type) {
            case "1.2.840.113549.1.9.16.2.14":
                stamped(value, signer.getSignature());
                break;
            case "1.2.840.113549.1.9.16.2.21":
                for (ASN1Encodable one : ASN1Sequence.getInstance(value)) {
                    OtherCertID.getInstance(one).getIssuerSerial().getSerial().getValue();
                }
                break;
            case "1.2.840.113549.1.9.16.2.22":
                for (ASN1Encodable one : ASN1Sequence.getInstance(value)) {
                    references(CrlOcspRef.getInstance(one), signer);
                }
                break;
            case "1.2.840.113549.1.9.16.2.23":
                for (ASN1Encodable one : ASN1Sequence.getInstance(value)) {
                    certificate(new X509CertificateHolder(one.toASN1Primitive().getEncoded()));
                }
                break;
            case "1.2.840.113549.1.9.16.2.24":
                values(signer);
                break;
            case "0.4.0.1733.2.4":
                archived(signed, signer, value);
                break;
            default:
        }
    }

    static TimeStampToken stamped(ASN1Encodable value, byte[]... parts) throws Exception {
        TimeStampToken token = new TimeStampToken(ContentInfo.getInstance(value));
        MessageDigest digest = digest(token);
        for (byte[] part : parts) {
            digest.update(part);
        }
        if (!Arrays.equals(digest.digest(), token.getTimeStampInfo().getMessageImprintDigest())) {
            throw new Exception("a time stamp of something else");
        }
        var found = token.getCertificates().getMatches(token.getSID());
        token.validate(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build((X509CertificateHolder) found.iterator().next()));
        return token;
    }

    static MessageDigest digest(TimeStampToken token) throws Exception {
        return MessageDigest.getInstance(token.getTimeStampInfo().getMessageImprintAlgOID().getId(), "BC");
    }

    /** RevocationValues must have what complete-revocation-references name. */
    static void references(CrlOcspRef references, SignerInformation signer) throws Exception {
        RevocationValues values = values(signer);
        if (references.getCrlids() != null) {
            for (CrlValidatedID one : references.getCrlids().getCrls()) {
                one.getCrlIdentifier().getCrlNumber();
                named(one.getCrlHash(), values.getCrlVals());
            }
        }
        if (references.getOcspids() != null) {
            for (OcspResponsesID one : references.getOcspids().getOcspResponses()) {
                one.getOcspIdentifier().getProducedAt().getDate();
                named(one.getOcspRepHash(), values.getOcspVals());
            }
        }
    }

    static void named(OtherHash hash, ASN1Encodable[] values) throws Exception {
        for (ASN1Encodable value : values) {
            var digest = MessageDigest.getInstance(hash.getHashAlgorithm().getAlgorithm().getId(), "BC");
            if (Arrays.equals(digest.digest(value.toASN1Primitive().getEncoded()), hash.getHashValue())) {
                return;
            }
        }
        throw new Exception("a reference to what is not there");
    }

    static RevocationValues values(SignerInformation signer) throws Exception {
        Attribute attribute = signer.getUnsignedAttributes().get(new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.2.24"));
        return RevocationValues.getInstance(attribute.getAttributeValues()[0]);
    }

    /** An archive-time-stamp-v3 must be of what EN 319 122-1, 5.5.3 says, with an index of all certificates that there were. */
    static void archived(CMSSignedData signed, SignerInformation signer, ASN1Encodable value) throws Exception {
        TimeStampToken token = new TimeStampToken(ContentInfo.getInstance(value));
        ASN1Encodable index = token.getUnsignedAttributes().get(new ASN1ObjectIdentifier("0.4.0.19122.1.5")).getAttributeValues()[0];
        var content = new ByteArrayOutputStream();
        signed.getSignedContent().write(content);
        SignerInfo info = signer.toASN1Structure();
        var fields = new ByteArrayOutputStream();
        for (ASN1Encodable field : new ASN1Encodable[] {info.getVersion(), info.getSID(), info.getDigestAlgorithm(),
            new DERTaggedObject(false, 0, info.getAuthenticatedAttributes()), info.getDigestEncryptionAlgorithm(), info.getEncryptedDigest()}) {
            fields.write(field.toASN1Primitive().getEncoded("DER"));
        }
        stamped(value, new ASN1ObjectIdentifier(signed.getSignedContentTypeOID()).getEncoded(), digest(token).digest(content.toByteArray()),
            fields.toByteArray(), index.toASN1Primitive().getEncoded());
        ASN1Sequence parts = ASN1Sequence.getInstance(index);
        var algorithm = AlgorithmIdentifier.getInstance(parts.getObjectAt(0)).getAlgorithm().getId();
        for (ASN1Encodable one : ASN1Sequence.getInstance(parts.getObjectAt(1))) {
            boolean found = false;
            for (X509CertificateHolder holder : signed.getCertificates().getMatches(null)) {
                byte[] digest = MessageDigest.getInstance(algorithm, "BC").digest(holder.getEncoded());
                found = found || Arrays.equals(digest, ASN1OctetString.getInstance(one).getOctets());
            }
            if (!found) {
                throw new Exception("an index of a certificate that is not there");
            }
        }
    }
}
