// A small site in C#: a person logs in with their card and signs a text. The service (docs/service.md) verifies both. How to start
// it, and which files are in its folder: docs/integration-languages.md.
//
// It keeps everything in memory. A real site has a database, and HTTPS: its session's cookie is "Secure" then, and its name begins with __Host-.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Json;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;

/// <summary>What a page's program is told: a code, and a sentence in two languages.</summary>
class Refusal : Exception
{
    public readonly int Status;
    public readonly JsonObject Problem;

    public Refusal(int status, string code, JsonValue message = null)
    {
        Status = status;
        Problem = new JsonObject { { "code", code }, { "message", message ?? NoAnswer() } };
    }

    static JsonObject NoAnswer()
    {
        return new JsonObject { { "tr", "Şu anda yanıt verilemiyor. Sayfayı yenileyip yeniden deneyin." }, { "en", "No answer right now. Reload the page and try again." } };
    }
}

/// <summary>What is known of a person.</summary>
class Session
{
    public JsonValue Person, Request, Evidence;
    public string Text;
}

/// <summary>One request.</summary>
class Site
{
    static readonly string Url = Environment.GetEnvironmentVariable("EONAY_URL");
    static readonly string Key = Environment.GetEnvironmentVariable("EONAY_KEY");
    static readonly string Origin = Environment.GetEnvironmentVariable("ORIGIN");
    static readonly ConcurrentDictionary<string, Session> sessions = new ConcurrentDictionary<string, Session>(); // by the name in the cookie
    static readonly HashSet<string> files = new HashSet<string> { "/page/site.js", "/page/site.css", "/e-onay/client.js", "/e-onay/protocol.gen.js" };
    const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    const int MaxBody = 128 << 10;

    readonly HttpListenerContext context;
    readonly string name = "";
    readonly Session session;

    Site(HttpListenerContext context)
    {
        this.context = context;
        var cookie = context.Request.Cookies["session"];
        if (cookie != null && sessions.TryGetValue(cookie.Value, out session)) name = cookie.Value;
    }

    /// <summary>Asks the service, and returns what it says. body is null for GET. What it refuses is thrown.</summary>
    static JsonValue EOnay(string call, JsonObject body)
    {
        var request = (HttpWebRequest)WebRequest.Create(Url + call);
        request.Headers["Authorization"] = "Bearer " + Key;
        request.ContentType = "application/json";
        request.Timeout = 70000;
        request.AllowAutoRedirect = false;
        try
        {
            if (body != null)
            {
                request.Method = "POST";
                var data = Encoding.UTF8.GetBytes(body.ToString());
                using (var stream = request.GetRequestStream()) stream.Write(data, 0, data.Length);
            }
            using (var response = (HttpWebResponse)request.GetResponse()) return Read(response);
        }
        catch (WebException error)
        {
            var response = error.Response as HttpWebResponse;
            if (response == null) throw new Refusal(503, "unavailable");
            var said = Read(response);
            throw new Refusal((int)response.StatusCode, said["code"], said["message"]);
        }
    }

    static JsonValue Read(HttpWebResponse response)
    {
        using (var reader = new StreamReader(response.GetResponseStream(), Encoding.UTF8)) return JsonValue.Parse(reader.ReadToEnd());
    }

    /// <summary>Returns what the page is told.</summary>
    JsonValue Route(string route)
    {
        switch (route)
        {
            case "GET /login":
                return EOnay("/v1/login/request", new JsonObject { { "session", name != "" ? name : Start(new Session()) }, { "purpose", "Siteye giriş" } });

            case "POST /login":
            {
                var page = JsonValue.Parse(Encoding.UTF8.GetString(Body()));
                var person = EOnay("/v1/login/verify", new JsonObject { { "session", name }, { "nonce", page["nonce"] }, { "token", page["token"] } });
                if ((string)person["citizen_number"] == "") throw new Refusal(422, "certificate_of_another");
                Session old;
                sessions.TryRemove(name, out old); // who knew the old name does not come in
                Start(new Session { Person = person, Text = "Deneme sitesi\n\nBu metni okudum ve imzalıyorum.\n\nİşlem: " + NewName() + "\n" });
                return new JsonObject { { "location", "/" } };
            }
            case "GET /signature":
            {
                var document = new JsonObject { { "name", "metin.txt" }, { "data", Person().Text } };
                return session.Request = EOnay("/v1/signature/request", new JsonObject { { "purpose", "Metnin imzalanması" }, { "documents", new JsonArray(document) } });
            }
            case "POST /signature":
            {
                var person = Person().Person;
                if (session.Evidence != null || session.Request == null) throw new Refusal(403, "form_expired");
                var evidence = EOnay("/v1/signature/verify", new JsonObject {
                    { "request", session.Request }, { "file", Convert.ToBase64String(Body()) }, { "citizen_number", person["citizen_number"] },
                });
                lock (session)
                {
                    if (session.Evidence != null) throw new Refusal(403, "form_expired"); // another press was first
                    session.Evidence = evidence;
                }
                return new JsonObject { { "location", "/" } };
            }
            case "GET /.well-known/eonay.json":
                return EOnay("/v1/site", null);

            default:
                throw new Refusal(404, "not_found");
        }
    }

    /// <summary>Returns the session of who is logged in.</summary>
    Session Person()
    {
        if (session == null || session.Person == null) throw new Refusal(401, "login_required");
        return session;
    }

    /// <summary>Gives the browser a new session.</summary>
    string Start(Session known)
    {
        var fresh = NewName();
        sessions[fresh] = known;
        context.Response.Headers["Set-Cookie"] = "session=" + fresh + "; Path=/; HttpOnly; SameSite=Strict";
        return fresh;
    }

    static string NewName()
    {
        var random = new byte[32];
        using (var generator = RandomNumberGenerator.Create()) generator.GetBytes(random);
        return BitConverter.ToString(random).Replace("-", "");
    }

    /// <summary>Refuses what another site made a browser send. Browsers tell; a POST that says nothing is no browser's.</summary>
    void Check()
    {
        string origin = context.Request.Headers["Origin"], site = context.Request.Headers["Sec-Fetch-Site"];
        if (origin == null && context.Request.HttpMethod == "POST" || origin != null && origin != Origin || site != null && site != "same-origin")
            throw new Refusal(403, "form_expired");
    }

    byte[] Body()
    {
        var body = new MemoryStream();
        var part = new byte[4096];
        for (int n; (n = context.Request.InputStream.Read(part, 0, part.Length)) > 0;)
        {
            body.Write(part, 0, n);
            if (body.Length > MaxBody) throw new Refusal(413, "request_too_large");
        }
        return body.ToArray();
    }

    void Answer(int status, string type, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.Headers["Cache-Control"] = "no-store";
        context.Response.Headers["X-Content-Type-Options"] = "nosniff";
        context.Response.Headers["Content-Security-Policy"] = Policy;
        context.Response.ContentLength64 = body.Length;
        context.Response.OutputStream.Write(body, 0, body.Length);
        context.Response.Close();
    }

    void Serve()
    {
        string method = context.Request.HttpMethod, path = context.Request.Url.AbsolutePath;
        try
        {
            if (method == "GET" && path == "/")
            {
                Answer(200, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(Page()));
                return;
            }
            if (method == "GET" && files.Contains(path))
            {
                Answer(200, path.EndsWith(".css") ? "text/css" : "text/javascript", File.ReadAllBytes("." + path));
                return;
            }
            Check();
            Answer(200, "application/json", Encoding.UTF8.GetBytes(Route(method + " " + path).ToString()));
        }
        catch (Refusal refusal)
        {
            Answer(refusal.Status, "application/problem+json", Encoding.UTF8.GetBytes(refusal.Problem.ToString()));
        }
        catch (Exception error) when (error is ArgumentException || error is KeyNotFoundException || error is InvalidOperationException)
        {
            Answer(400, "application/problem+json", Encoding.UTF8.GetBytes(new Refusal(400, "request_invalid").Problem.ToString()));
        }
    }

    /// <summary>Returns the page as it is for a person, or for nobody.</summary>
    string Page()
    {
        Func<string, string> html = WebUtility.HtmlEncode;
        var content = "<button id=\"login\">Kartla giriş yap</button>";
        if (session != null && session.Evidence != null)
            content = "<p>İmzanız doğrulandı: <b id=\"signer\">" + html(session.Evidence["holder"]) + "</b>, <time id=\"verified\">" +
                html(session.Evidence["verified_at"]) + "</time></p>\n<pre>" + html(session.Text) + "</pre>";
        else if (session != null && session.Person != null)
            content = "<p>Hoş geldiniz, <b id=\"name\">" + html(session.Person["holder"]) + "</b> (" + html(session.Person["masked_citizen_number"]) +
                ")</p>\n<pre>" + html(session.Text) + "</pre>\n<button id=\"sign\">İmzala</button>";
        return @"<!doctype html>
<html lang=""tr"">
<meta charset=""utf-8"">
<meta name=""viewport"" content=""width=device-width, initial-scale=1"">
<title>Deneme sitesi (C#)</title>
<link rel=""stylesheet"" href=""/page/site.css"">
<script type=""module"" src=""/page/site.js""></script>
<main>
<h1>Deneme sitesi (C#)</h1>
<p id=""problem"" role=""alert""></p>
" + content + "\n</main>\n</html>\n";
    }

    static void Main()
    {
        var listener = new HttpListener();
        listener.Prefixes.Add(Origin + "/");
        listener.Start();
        Console.WriteLine("{\"ready\":true,\"url\":\"" + Origin + "\"}");
        for (;;)
        {
            var context = listener.GetContext();
            Task.Run(() => new Site(context).Serve());
        }
    }
}
