import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.Arrays;
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
    }
}
