// A small site in Java: a person logs in with their card and signs a text. The service (docs/service.md) verifies both. How to start
// it, and which files are in its folder: docs/integration-languages.md.
//
// It keeps everything in memory. A real site has a database, and HTTPS: its session's cookie is "Secure" then, and its name begins with __Host-.

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Site {
    static final String URL = System.getenv("EONAY_URL"), KEY = System.getenv("EONAY_KEY"), ORIGIN = System.getenv("ORIGIN");
    static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    static final Set<String> FILES = Set.of("/page/site.js", "/page/site.css", "/e-onay/client.js", "/e-onay/protocol.gen.js");
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

    /** What a page's program is told: a code, and a sentence in two languages. */
    static class Refusal extends Exception {
        final int status;
        final JsonObject problem;

        Refusal(int status, String code) {
            this(status, JsonParser.parseString("{\"message\": {\"tr\": \"Şu anda yanıt verilemiyor. Sayfayı yenileyip yeniden deneyin.\", "
                + "\"en\": \"No answer right now. Reload the page and try again.\"}}").getAsJsonObject());
            problem.addProperty("code", code);
        }

        Refusal(int status, JsonObject problem) {
            this.status = status;
            this.problem = problem;
        }
    }

    /** What is known of a person. */
    static class Session {
        JsonObject person, request, evidence;
        String text;
    }

    static final Map<String, Session> sessions = new ConcurrentHashMap<>(); // by the name in the cookie

    /** Asks the service, and returns what it says. body is null for GET. What it refuses is thrown. */
    static JsonObject eonay(String call, JsonObject body) throws Refusal {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(URL + call)).timeout(Duration.ofSeconds(70))
            .header("Authorization", "Bearer " + KEY).header("Content-Type", "application/json");
        if (body != null) request.POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        HttpResponse<String> response;
        try {
            response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new Refusal(503, "unavailable");
        }
        JsonObject said = JsonParser.parseString(response.body()).getAsJsonObject();
        if (response.statusCode() == 200) return said;
        said.remove("detail"); // is for this site's developer
        throw new Refusal(response.statusCode(), said);
    }

    /** Returns an object of members and their texts. */
    static JsonObject object(String... members) {
        JsonObject object = new JsonObject();
        for (int i = 0; i < members.length; i += 2) object.addProperty(members[i], members[i + 1]);
        return object;
    }

    /** One request. */
    final HttpExchange exchange;
    String name;
    Session session;

    Site(HttpExchange exchange) {
        this.exchange = exchange;
        String cookie = exchange.getRequestHeaders().getFirst("Cookie");
        Matcher found = Pattern.compile("(?:^|; )session=([\\w-]{43})(?:;|$)").matcher(cookie == null ? "" : cookie);
        name = found.find() ? found.group(1) : "";
        session = sessions.get(name);
        if (session == null) name = "";
    }

    /** Returns what the page is told. */
    JsonObject route(String route) throws Refusal, IOException {
        switch (route) {
            case "GET /login":
                return eonay("/v1/login/request", object("session", name.isEmpty() ? start(new Session()) : name, "purpose", "Siteye giriş"));

            case "POST /login": {
                JsonObject page = JsonParser.parseString(new String(body(), StandardCharsets.UTF_8)).getAsJsonObject();
                if (!page.has("nonce") || !page.has("token")) throw new Refusal(400, "request_invalid");
                JsonObject call = object("session", name, "nonce", page.get("nonce").getAsString(), "token", page.get("token").getAsString());
                Session known = new Session();
                known.person = eonay("/v1/login/verify", call);
                if (known.person.get("citizen_number").getAsString().isEmpty()) throw new Refusal(422, "certificate_of_another");
                known.text = "Deneme sitesi\n\nBu metni okudum ve imzalıyorum.\n\nİşlem: " + newName() + "\n";
                sessions.remove(name); // who knew the old name does not come in
                start(known);
                return object("location", "/");
            }
            case "GET /signature": {
                JsonObject request = object("purpose", "Metnin imzalanması");
                JsonArray documents = new JsonArray();
                documents.add(object("name", "metin.txt", "data", person().text));
                request.add("documents", documents);
                return session.request = eonay("/v1/signature/request", request);
            }
            case "POST /signature": {
                String number = person().person.get("citizen_number").getAsString();
                if (session.evidence != null || session.request == null) throw new Refusal(403, "form_expired");
                JsonObject call = object("file", Base64.getEncoder().encodeToString(body()), "citizen_number", number);
                call.add("request", session.request);
                JsonObject evidence = eonay("/v1/signature/verify", call);
                synchronized (session) {
                    if (session.evidence != null) throw new Refusal(403, "form_expired"); // another press was first
                    session.evidence = evidence;
                }
                return object("location", "/");
            }
            case "GET /.well-known/eonay.json":
                return eonay("/v1/site", null);

            default:
                throw new Refusal(404, "not_found");
        }
    }

    /** Returns the session of who is logged in. */
    Session person() throws Refusal {
        if (session == null || session.person == null) throw new Refusal(401, "login_required");
        return session;
    }

    /** Gives the browser a new session. */
    String start(Session known) {
        String fresh = newName();
        sessions.put(fresh, known);
        exchange.getResponseHeaders().set("Set-Cookie", "session=" + fresh + "; Path=/; HttpOnly; SameSite=Strict");
        return fresh;
    }

    static String newName() {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    /** Refuses what another site made a browser send. Browsers tell; a POST that says nothing is no browser's. */
    void check() throws Refusal {
        String origin = exchange.getRequestHeaders().getFirst("Origin"), site = exchange.getRequestHeaders().getFirst("Sec-Fetch-Site");
        boolean none = origin == null && exchange.getRequestMethod().equals("POST");
        if (none || origin != null && !origin.equals(ORIGIN) || site != null && !site.equals("same-origin")) throw new Refusal(403, "form_expired");
    }

    byte[] body() throws IOException, Refusal {
        byte[] body = exchange.getRequestBody().readNBytes((128 << 10) + 1);
        if (body.length > 128 << 10) throw new Refusal(413, "request_too_large");
        return body;
    }

    void answer(int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    void serve() throws IOException {
        String method = exchange.getRequestMethod(), path = exchange.getRequestURI().getPath();
        try {
            if (method.equals("GET") && path.equals("/")) {
                answer(200, "text/html; charset=utf-8", page().getBytes(StandardCharsets.UTF_8));
            } else if (method.equals("GET") && FILES.contains(path)) {
                answer(200, path.endsWith(".css") ? "text/css" : "text/javascript", Files.readAllBytes(Path.of("." + path)));
            } else {
                check();
                answer(200, "application/json", route(method + " " + path).toString().getBytes(StandardCharsets.UTF_8));
            }
        } catch (Refusal refusal) {
            answer(refusal.status, "application/problem+json", refusal.problem.toString().getBytes(StandardCharsets.UTF_8));
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
            answer(400, "application/problem+json", new Refusal(400, "request_invalid").problem.toString().getBytes(StandardCharsets.UTF_8));
        } finally {
            exchange.close();
        }
    }

    static String html(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;").replace("'", "&#39;");
    }

    static String html(JsonObject object, String member) {
        return html(object.get(member).getAsString());
    }

    /** Returns the page as it is for a person, or for nobody. */
    String page() {
        String content = "<button id=\"login\">Kartla giriş yap</button>";
        if (session != null && session.evidence != null) {
            content = "<p>İmzanız doğrulandı: <b id=\"signer\">" + html(session.evidence, "holder") + "</b>, <time id=\"verified\">"
                + html(session.evidence, "verified_at") + "</time></p>\n<pre>" + html(session.text) + "</pre>";
        } else if (session != null && session.person != null) {
            content = "<p>Hoş geldiniz, <b id=\"name\">" + html(session.person, "holder") + "</b> (" + html(session.person, "masked_citizen_number")
                + ")</p>\n<pre>" + html(session.text) + "</pre>\n<button id=\"sign\">İmzala</button>";
        }
        return """
            <!doctype html>
            <html lang="tr">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Deneme sitesi (Java)</title>
            <link rel="stylesheet" href="/page/site.css">
            <script type="module" src="/page/site.js"></script>
            <main>
            <h1>Deneme sitesi (Java)</h1>
            <p id="problem" role="alert"></p>
            """ + content + "\n</main>\n</html>\n";
    }

    public static void main(String[] arguments) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("localhost", URI.create(ORIGIN).getPort()), 0);
        server.createContext("/", exchange -> new Site(exchange).serve());
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.start();
        System.out.println("{\"ready\":true,\"url\":\"" + ORIGIN + "\"}");
    }
}
