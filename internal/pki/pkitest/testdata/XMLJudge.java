import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.xml.security.Init;
import org.apache.xml.security.c14n.Canonicalizer;
import org.apache.xml.security.signature.XMLSignature;
import org.apache.xml.security.signature.XMLSignatureInput;
import org.apache.xml.security.utils.resolver.ResourceResolverContext;
import org.apache.xml.security.utils.resolver.ResourceResolverException;
import org.apache.xml.security.utils.resolver.ResourceResolverSpi;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.w3c.dom.Attr;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.NodeList;

/**
 * XMLJudge tells for each file of a folder what Apache Santuario makes of it: its name, a tab, and for a signed file (.xml)
 * "accepts", or "refuses" and why; for another (.canon) the canonical forms of the element whose identifier is apex, in base64.
 */
public class XMLJudge {
    static final String SIGNATURES = "http://www.w3.org/2000/09/xmldsig#";

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        Init.init();
        try (var files = Files.newDirectoryStream(Path.of(arguments[0]), "*.{xml,canon}")) {
            for (Path file : files) {
                String verdict = "accepts";
                try {
                    Document document = read(file);
                    if (file.toString().endsWith(".canon")) {
                        verdict = canonical(document.getElementById("apex"));
                    } else {
                        judge(file, document);
                    }
                } catch (Throwable e) {
                    verdict = "refuses " + e.toString().replaceAll("\\s", " ");
                }
                System.out.println(file.getFileName() + "\t" + verdict);
            }
        }
    }

    static Document read(Path file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Document document = factory.newDocumentBuilder().parse(file.toFile());
        NodeList all = document.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            NamedNodeMap attributes = all.item(i).getAttributes();
            for (int j = 0; j < attributes.getLength(); j++) {
                Attr attribute = (Attr) attributes.item(j);
                if (List.of("Id", "ID", "id", "xml:id").contains(attribute.getName())) {
                    ((Element) all.item(i)).setIdAttributeNode(attribute, true);
                }
            }
        }
        return document;
    }

    static void judge(Path file, Document document) throws Exception {
        NodeList signatures = document.getElementsByTagNameNS(SIGNATURES, "Signature");
        if (signatures.getLength() == 0) {
            throw new Exception("there is no signature");
        }
        for (int i = 0; i < signatures.getLength(); i++) {
            XMLSignature signature = new XMLSignature((Element) signatures.item(i), file.toUri().toString(), false);
            signature.addResourceResolver(new FilesBeside(file.getParent()));
            X509Certificate certificate = signature.getKeyInfo().getX509Certificate();
            if (!signature.checkSignatureValue(certificate)) {
                throw new Exception("signature " + i + " does not verify");
            }
        }
    }

    /** FilesBeside finds what a reference names among the files of a folder. Santuario's own resolver leaves escapes in names. */
    static class FilesBeside extends ResourceResolverSpi {
        private final Path folder;

        FilesBeside(Path folder) {
            this.folder = folder;
        }

        @Override
        public boolean engineCanResolveURI(ResourceResolverContext context) {
            return context.uriToResolve != null && !context.uriToResolve.isEmpty() && !context.uriToResolve.startsWith("#");
        }

        @Override
        public XMLSignatureInput engineResolveURI(ResourceResolverContext context) throws ResourceResolverException {
            try {
                return new XMLSignatureInput(Files.readAllBytes(folder.resolve(URI.create(context.uriToResolve).getPath())));
            } catch (Exception e) {
                throw new ResourceResolverException(e, context.uriToResolve, context.baseUri, "empty");
            }
        }
    }

    static String canonical(Element apex) throws Exception {
        List<String> forms = new ArrayList<>();
        for (String algorithm : List.of(Canonicalizer.ALGO_ID_C14N_OMIT_COMMENTS, Canonicalizer.ALGO_ID_C14N_WITH_COMMENTS,
                Canonicalizer.ALGO_ID_C14N_EXCL_OMIT_COMMENTS, Canonicalizer.ALGO_ID_C14N_EXCL_WITH_COMMENTS)) {
            forms.add(subtree(algorithm, apex, null));
        }
        forms.add(subtree(Canonicalizer.ALGO_ID_C14N_EXCL_OMIT_COMMENTS, apex, "#default b"));
        return String.join(" ", forms);
    }

    static String subtree(String algorithm, Element apex, String prefixes) throws Exception {
        Canonicalizer canonicalizer = Canonicalizer.getInstance(algorithm);
        byte[] form = prefixes == null ? canonicalizer.canonicalizeSubtree(apex) : canonicalizer.canonicalizeSubtree(apex, prefixes);
        return Base64.getEncoder().encodeToString(form);
    }
}
