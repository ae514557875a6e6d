import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.jcajce.PKIXExtendedParameters;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * PathJudge tells for each subfolder of a folder whether BouncyCastle accepts a path with its CRLs, deltas too: its name, a
 * tab, "accepts" or "refuses" and why. In it lie path-0.cer (the end entity) and so on up to the anchor, more certificates
 * (.cer) and CRLs (.crl); without CRLs revocation is not looked at.
 */
public class PathJudge {
    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        try (var folders = Files.newDirectoryStream(Path.of(arguments[0]))) {
            for (Path folder : folders) {
                String verdict = "accepts";
                try {
                    judge(folder);
                } catch (Throwable e) {
                    verdict = "refuses " + e.toString().replaceAll("\\s", " ");
                }
                System.out.println(folder.getFileName() + "\t" + verdict);
            }
        }
    }

    static void judge(Path folder) throws Exception {
        var factory = CertificateFactory.getInstance("X.509", "BC");
        var path = new ArrayList<X509Certificate>();
        var store = new ArrayList<Object>();
        try (var files = Files.newDirectoryStream(folder)) {
            var sorted = new TreeSet<Path>();
            files.forEach(sorted::add);
            for (Path file : sorted) {
                String name = file.getFileName().toString();
                var bytes = new ByteArrayInputStream(Files.readAllBytes(file));
                if (name.endsWith(".crl")) {
                    store.add(factory.generateCRL(bytes));
                    continue;
                }
                var certificate = (X509Certificate) factory.generateCertificate(bytes);
                store.add(certificate);
                if (name.startsWith("path-")) {
                    path.add(certificate);
                }
            }
        }
        X509Certificate anchor = path.remove(path.size() - 1);
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(store), "BC"));
        parameters.setRevocationEnabled(store.stream().anyMatch(X509CRL.class::isInstance));
        CertPathValidator.getInstance("PKIX", "BC").validate(factory.generateCertPath(path),
            new PKIXExtendedParameters.Builder(parameters).setUseDeltasEnabled(true).build());
    }
}
