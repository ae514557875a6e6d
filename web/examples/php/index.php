<?php
// A small site in PHP: a person logs in with their card and signs a text. The service verifies both. How to start it, and which
// files are beside it: docs/integration-languages.md.
//
// A real site has a database, and HTTPS: its session's cookie is "secure" then, and its name begins with __Host-.
declare(strict_types=1);
require __DIR__ . '/eonay.php';

const STATIC_FILES = ['/page/site.js', '/page/site.css', '/e-onay/client.js', '/e-onay/protocol.gen.js'];

$method = $_SERVER['REQUEST_METHOD'];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
header('X-Content-Type-Options: nosniff');
if ($method === 'GET' && in_array($path, STATIC_FILES, true)) {
    header('Content-Type: ' . (str_ends_with($path, '.css') ? 'text/css' : 'text/javascript') . '; charset=utf-8');
    readfile(__DIR__ . $path);
    exit;
}
session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Strict', 'use_strict_mode' => true]);

// Only the site's own pages may ask; browsers say who does. A POST that says nothing is no browser's.
$from = $_SERVER['HTTP_ORIGIN'] ?? '';
$site = $_SERVER['HTTP_SEC_FETCH_SITE'] ?? 'same-origin';
$isElsewhere = $site !== 'same-origin' && $path !== '/' || $from !== '' && $from !== getenv('ORIGIN');
if ($isElsewhere || $method === 'POST' && $from === '') {
    refuse(403, 'form_expired');
}

switch ("$method $path") {
    case 'GET /login':
        answer(eonay('/v1/login/request', ['session' => session_id(), 'purpose' => 'Siteye giriş']));

    case 'POST /login':
        $page = json_decode(file_get_contents('php://input', length: 64 << 10));
        $person = eonay('/v1/login/verify', [
            'session' => session_id(), 'nonce' => $page->nonce ?? '', 'token' => $page->token ?? '',
        ]);
        if ($person->citizen_number === '') {
            refuse(422, 'certificate_of_another');
        }
        session_regenerate_id(true); // who knew the old name does not come in
        $text = "Deneme sitesi\n\nBu metni okudum ve imzalıyorum.\n\nİşlem: " . bin2hex(random_bytes(16)) . "\n";
        $_SESSION = ['person' => $person, 'text' => $text];
        answer(['location' => '/']);

    case 'GET /signature':
        $text = $_SESSION['text'] ?? refuse(401, 'login_required');
        $document = ['name' => 'metin.txt', 'data' => $text];
        $_SESSION['request'] = eonay('/v1/signature/request', ['purpose' => 'Metnin imzalanması', 'documents' => [$document]]);
        answer($_SESSION['request']);

    case 'POST /signature':
        $person = $_SESSION['person'] ?? refuse(401, 'login_required');
        if (isset($_SESSION['evidence']) || !isset($_SESSION['request'])) {
            refuse(403, 'form_expired');
        }
        $file = base64_encode(file_get_contents('php://input', length: 128 << 10));
        $_SESSION['evidence'] = eonay('/v1/signature/verify', [
            'request' => $_SESSION['request'], 'file' => $file, 'citizen_number' => $person->citizen_number,
        ]);
        answer(['location' => '/']);

    case 'GET /.well-known/eonay.json':
        answer(eonay('/v1/site'));

    case 'GET /':
        break;

    default:
        refuse(404, 'not_found');
}

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";
header('Content-Security-Policy: ' . POLICY);
header('Cache-Control: no-store');
$html = fn (string $text): string => htmlspecialchars($text, ENT_QUOTES);
$person = $_SESSION['person'] ?? null;
$evidence = $_SESSION['evidence'] ?? null;
?>
<!doctype html>
<html lang="tr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Deneme sitesi (PHP)</title>
<link rel="stylesheet" href="/page/site.css">
<script type="module" src="/page/site.js"></script>
<main>
<h1>Deneme sitesi (PHP)</h1>
<p id="problem" role="alert"></p>
<?php if ($person === null): ?>
<button id="login">Kartla giriş yap</button>
<?php elseif ($evidence === null): ?>
<p>Hoş geldiniz, <b id="name"><?= $html($person->holder) ?></b> (<?= $html($person->masked_citizen_number) ?>)</p>
<pre><?= $html($_SESSION['text']) ?></pre>
<button id="sign">İmzala</button>
<?php else: ?>
<p>İmzanız doğrulandı: <b id="signer"><?= $html($evidence->holder) ?></b>, <time id="verified"><?= $html($evidence->verified_at) ?></time></p>
<pre><?= $html($_SESSION['text']) ?></pre>
<?php endif ?>
</main>
</html>
